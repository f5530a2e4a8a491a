import { describe, expect, test } from '@jest/globals'
import { indexFolderOf, placesOf, recordFolderOf, type Places } from '../../src/inputs/places.ts'

type Env = Readonly<Record<string, string>>
const runner = { RUNNER_TEMP: '/runner/temp', GITHUB_OUTPUT: '/o', GITHUB_STEP_SUMMARY: '/s' }
const desk = (env: Env, userHome: string | null = '/home/u'): Places => placesOf({ env, userHome, inWorkflow: false })
const step = (env: Env, userHome: string | null = '/home/u'): Places =>
  placesOf({ env: { ...runner, ...env }, userHome, inWorkflow: true })

const nowhere = /nothing is kept for later runs: set HOME or XDG_CACHE_HOME$/

describe('the cache', () => {
  test.each<[string, Env, string | null, string | null, readonly RegExp[]]>([
    ['XDG_CACHE_HOME', { XDG_CACHE_HOME: '/c', HOME: '/h' }, '/home/u', '/c/stage-footprint', []],
    ['XDG_CACHE_HOME and no home at all', { XDG_CACHE_HOME: '/c' }, null, '/c/stage-footprint', []],
    ['HOME', { HOME: '/h' }, '/home/u', '/h/.cache/stage-footprint', []],
    [
      'HOME and an empty XDG_CACHE_HOME',
      { HOME: '/h', XDG_CACHE_HOME: '' },
      '/home/u',
      '/h/.cache/stage-footprint',
      [],
    ],
    ['HOME is /, as in containers', { HOME: '/' }, null, '/.cache/stage-footprint', []],
    [
      'a relative XDG_CACHE_HOME',
      { HOME: '/h', XDG_CACHE_HOME: '.cache' },
      '/home/u',
      '/h/.cache/stage-footprint',
      [/^XDG_CACHE_HOME is "\.cache".*ignored$/],
    ],
    ['no HOME', {}, '/home/u', '/home/u/.cache/stage-footprint', []],
    [
      'an empty HOME',
      { HOME: '' },
      '/home/u',
      '/home/u/.cache/stage-footprint',
      [/^HOME is empty: the user's home folder \/home\/u is used instead$/],
    ],
    [
      'a relative HOME',
      { HOME: 'h' },
      '/home/u',
      '/home/u/.cache/stage-footprint',
      [/^HOME is "h", which is not an absolute path/],
    ],
    ['no HOME, no entry', {}, null, null, [nowhere]],
    ['an empty HOME, no entry', { HOME: '' }, null, null, [nowhere]],
    ['a relative HOME, an empty entry', { HOME: 'h' }, '', null, [nowhere]],
    ['no HOME, no entry, a relative XDG_CACHE_HOME', { XDG_CACHE_HOME: 'c' }, null, null, [/^XDG_CACHE_HOME/, nowhere]],
  ])('%s', (_, env, userHome, cacheFolder, warnings) => {
    for (const places of [desk(env, userHome), step(env, userHome)]) {
      expect(places.cacheFolder).toBe(cacheFolder)
      expect(places.warnings).toEqual(warnings.map((warning) => expect.stringMatching(warning)))
      expect([indexFolderOf(places), recordFolderOf(places)]).toEqual(
        cacheFolder === null ? [null, null] : [`${cacheFolder}/layers`, `${cacheFolder}/records`],
      )
    }
  })
})

describe('the temporary folder', () => {
  test.each<[string, Env, readonly string[], readonly RegExp[]]>([
    ['of the system', {}, ['/tmp', '/var/tmp'], []],
    ['that TMPDIR names', { TMPDIR: '/t' }, ['/t', '/tmp', '/var/tmp'], []],
    ['that two variables name', { TMPDIR: '/tmp', TMP: '/m' }, ['/tmp', '/m', '/var/tmp'], []],
    [
      'that a relative TMPDIR does not name',
      { TMPDIR: 't' },
      ['/tmp', '/var/tmp'],
      [/^TMPDIR is "t", which is not an absolute path: it is ignored$/],
    ],
    ['is not the one of a runner', { RUNNER_TEMP: '/r' }, ['/tmp', '/var/tmp'], []],
  ])('at a desk: %s', (_, env, folders, warnings) => {
    const places = desk({ HOME: '/h', ...env })
    expect([places.tempFolders, places.warnings]).toEqual([
      folders,
      warnings.map((warning) => expect.stringMatching(warning)),
    ])
  })

  test.each<[string, Env, readonly string[], readonly RegExp[]]>([
    ['of the runner', { TMPDIR: '/t' }, ['/runner/temp', '/t', '/tmp', '/var/tmp'], []],
    ['without RUNNER_TEMP', { RUNNER_TEMP: '' }, ['/tmp', '/var/tmp'], [/^RUNNER_TEMP is not set/]],
    [
      'with a relative RUNNER_TEMP',
      { RUNNER_TEMP: 'temp' },
      ['/tmp', '/var/tmp'],
      [/^RUNNER_TEMP is "temp", which is not an absolute path/],
    ],
  ])('in a workflow: %s', (_, env, folders, warnings) => {
    const places = step({ HOME: '/h', ...env })
    expect([places.tempFolders, places.warnings]).toEqual([
      folders,
      warnings.map((warning) => expect.stringMatching(warning)),
    ])
  })
})

test.each<[Env, string | null, string | null]>([
  [{ DOCKER_CONFIG: '/d', HOME: '/h' }, '/home/u', '/d'],
  [{ DOCKER_CONFIG: '', HOME: '/h' }, '/home/u', '/h/.docker'],
  [{}, '/home/u', '/home/u/.docker'],
  [{ HOME: '' }, '/home/u', '/home/u/.docker'],
  [{}, null, null],
])("the Docker client's configuration with %j and the home %s is in %s", (env, userHome, folder) => {
  expect(desk(env, userHome).dockerConfigFolder).toBe(folder)
})

test.each(['GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY'])('a runner without %s is told, a desk is not', (name) => {
  expect(step({ HOME: '/h', [name]: '' }).warnings).toEqual([expect.stringContaining(`${name} is not set`)])
  expect(desk({ HOME: '/h' }).warnings).toEqual([])
})
