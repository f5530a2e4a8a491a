import { expect, test } from '@jest/globals'
import { packageOfPath } from '../../src/compare/package-of-path.ts'

test.each([
  // npm
  ['/app/node_modules/foo', 'foo'],
  ['/app/node_modules/foo/lib/a.js', 'foo'],
  ['app/node_modules/@scope/name/index.js', '@scope/name'],
  ['/app/node_modules/foo/node_modules/bar/x', 'bar'],
  ['/app/node_modules/.pnpm/foo@1.2.3/node_modules/foo/x', 'foo'],
  ['/app/node_modules/.pnpm/@scope+name@1.2.3_peer@2.0.0', '@scope/name'],
  ['/app/node_modules/.pnpm/foo@1.2.3', 'foo'],
  ['/app/node_modules', null],
  ['/app/node_modules/@scope', null],
  ['/app/node_modules/.bin/tsc', null],
  ['/app/node_modules/.package-lock.json', null],
  // Python
  ['/usr/lib/python3.13/site-packages/numpy/core/x.so', 'numpy'],
  ['/usr/lib/python3/dist-packages/apt/cache.py', 'apt'],
  ['/v/site-packages/Foo_Bar-1.2.dist-info/METADATA', 'Foo_Bar'],
  ['/v/site-packages/foo-1.2-py3.9.egg-info', 'foo'],
  ['/v/site-packages/numpy.libs/libopenblas.so', 'numpy'],
  ['/v/site-packages/six.py', 'six'],
  ['/v/site-packages/_cffi_backend.cpython-313-x86_64-linux-gnu.so', '_cffi_backend'],
  ['/v/site-packages/__pycache__/six.cpython-313.pyc', null],
  ['/v/site-packages/a.pth', null],
  ['/v/site-packages', null],
  // Ruby
  ['/usr/local/bundle/gems/rake-13.0.6/lib/rake.rb', 'rake'],
  ['/usr/local/bundle/gems/nokogiri-1.15.4-x86_64-linux/lib', 'nokogiri'],
  ['/usr/lib/ruby/gems/3.2.0/gems/net-http-0.3.2/x', 'net-http'],
  ['/usr/lib/ruby/gems/3.2.0', null],
  // Go
  ['/go/pkg/mod/github.com/!burnt!sushi/toml@v1.3.2/decode.go', 'github.com/BurntSushi/toml'],
  ['/go/pkg/mod/golang.org/x/net@v0.1.0', 'golang.org/x/net'],
  ['/go/pkg/mod/cache/download/golang.org/x/net/@v/v0.1.0.zip', 'golang.org/x/net'],
  ['/go/pkg/mod/golang.org', null],
  // Maven
  [
    '/root/.m2/repository/org/apache/commons/commons-lang3/3.12.0/commons-lang3-3.12.0.jar',
    'org.apache.commons:commons-lang3',
  ],
  ['/root/.m2/repository/junit/junit/4.13', 'junit:junit'],
  ['/root/.m2/repository/org/apache', null],
  // Cargo
  ['/usr/local/cargo/registry/src/index.crates.io-6f17d22bba15001f/serde_json-1.0.108/src/lib.rs', 'serde_json'],
  ['/usr/local/cargo/registry/cache/github.com-1ecc6299db9ec823/tokio-1.2.0-alpha.1.crate', 'tokio'],
  ['/usr/local/cargo/registry/src', null],
  // Debian
  ['/usr/share/doc/libc6/copyright', 'libc6'],
  ['/usr/share/doc', null],
  ['/usr/lib/x86_64-linux-gnu/libc.so.6', null],
  // No package.
  ['/', null],
  ['', null],
  ['/root/twist.pex', null],
])('%s belongs to %s', (path, expected) => {
  expect(packageOfPath(path)).toBe(expected)
})
