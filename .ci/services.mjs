// What the tests need beside npm's packages: memcached, and Python's clients for it. Installs what is
// missing where that needs no password, else says in one line how to.
import { spawnSync } from 'node:child_process';

const quietly = { stdio: 'ignore' };
const runs = (command, args) => spawnSync(command, args, quietly).status === 0;
const has = (command) => runs('sh', ['-c', `command -v ${command}`]);
const isRoot = process.getuid?.() === 0;

const hasMemcached = () => runs('memcached', ['-h']);
const hasClients = () =>
  ['/usr/bin/python3', 'python3'].some((python) =>
    runs(python, ['-c', 'import memcache, pymemcache, pylibmc']),
  );

const PYTHON = ['python3-memcache', 'python3-pymemcache', 'python3-pylibmc'];

function apt(packages) {
  runs('apt-get', ['update']);
  return runs('apt-get', ['install', '-y', '--no-install-recommends', ...packages]);
}

function install() {
  const packages = [...(hasMemcached() ? [] : ['memcached']), ...(hasClients() ? [] : PYTHON)];
  if (has('apt-get') && isRoot) apt(packages);
  else if (has('brew') && !hasMemcached()) runs('brew', ['install', 'memcached']);
  else if (has('apk') && isRoot && !hasMemcached()) runs('apk', ['add', 'memcached']);
}

export function provideServices() {
  if (!hasMemcached() || !hasClients()) {
    console.log('Installing memcached and its Python clients for the tests …');
    install();
  }
  if (!hasMemcached()) {
    const how = process.platform === 'darwin' ? 'brew install' : 'sudo apt-get install';
    console.log(`memcached is not installed: its suites are skipped (${how} memcached)`);
  }
  if (!hasClients()) {
    console.log(
      "Python's clients are not installed: their suites are skipped " +
        `(on Debian: sudo apt-get install ${PYTHON.join(' ')})`,
    );
  }
}
