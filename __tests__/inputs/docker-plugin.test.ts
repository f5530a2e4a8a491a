/** How the docker client calls the plugin. integration/docker-plugin.test.ts calls it with the client itself. */
import { expect, test } from '@jest/globals'
import { pluginCallOf, pluginMetadata } from '../../src/inputs/docker-plugin.ts'

const link = '/home/user/.docker/cli-plugins/docker-footprint'

test.each<[readonly string[], readonly string[], Readonly<Record<string, string>>]>([
  [['docker-cli-plugin-metadata'], ['docker-cli-plugin-metadata'], {}],
  [['footprint', 'build', '.'], ['build', '.'], {}],
  [['footprint'], [], {}],
  [['footprint', 'build', 'footprint'], ['build', 'footprint'], {}],
  [['--context', 'far', 'footprint', 'build', '.'], ['build', '.'], { DOCKER_CONTEXT: 'far', DOCKER_HOST: '' }],
  [
    ['-c', 'footprint', 'footprint', 'inspect', 'x'],
    ['inspect', 'x'],
    { DOCKER_CONTEXT: 'footprint', DOCKER_HOST: '' },
  ],
  [['--host=tcp://h:1?a=b', '-D', 'footprint', '--help'], ['--help'], { DOCKER_HOST: 'tcp://h:1?a=b' }],
  [
    ['--config', '/c', '--tlsverify', 'footprint', 'build', '.'],
    ['build', '.'],
    { DOCKER_CONFIG: '/c', DOCKER_TLS_VERIFY: '1' },
  ],
  [['-cfar', 'footprint', 'build', '.'], ['build', '.'], { DOCKER_CONTEXT: 'far', DOCKER_HOST: '' }],
  // This context is the engine that DOCKER_HOST names, also if DOCKER_CONTEXT names another one.
  [['--context', 'default', 'footprint', 'build', '.'], ['build', '.'], { DOCKER_CONTEXT: 'default' }],
  [['-c', '', 'footprint', 'build', '.'], ['build', '.'], {}],
  [['-Hunix:///a=b', 'footprint'], [], { DOCKER_HOST: 'unix:///a=b' }],
  [['-DH', 'unix:///x', '-c=far', 'footprint'], [], { DOCKER_HOST: 'unix:///x', DOCKER_CONTEXT: 'far' }],
  [['--tlsverify=false', 'footprint', 'build'], ['build'], { DOCKER_TLS_VERIFY: '' }],
  [['--log-level', 'debug', 'footprint', '-v'], ['-v'], {}],
  [['__complete', 'footprint', 'build', ''], ['__complete', 'build', ''], {}],
])('takes %j as the words %j', (argv, words, env) => {
  expect(pluginCallOf(link, argv)).toEqual({ argv: words, env })
})

test.each(['/usr/bin/stage-footprint', '/app/dist/cli/index.js', ''])(
  'does not take a program started as %j for a plugin',
  (program) => {
    expect(pluginCallOf(program, ['footprint', 'build', '.'])).toBeNull()
  },
)

test('gives the metadata that the docker client requires', () => {
  expect(JSON.parse(pluginMetadata('1.2.3'))).toEqual({
    SchemaVersion: '0.1.0',
    Vendor: 'Stage Footprint',
    Version: '1.2.3',
    ShortDescription: 'Weigh every stage of a Docker build',
  })
})
