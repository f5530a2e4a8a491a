import { describe, expect, test } from '@jest/globals'
import { indexFolderOf, placesOf, recordFolderOf, type Places } from '../../src/inputs/places.ts'

type Env = Readonly<Record<string, string>>
const runner = { RUNNER_TEMP: '/runner/temp', GITHUB_OUTPUT: '/o', GITHUB_STEP_SUMMARY: '/s' }
const desk = (env: Env, userHome: string | null = '/home/u'): Places => placesOf({ env, userHome, inWorkflow: false })
const step = (env: Env, userHome: string | null = '/home/u'): Places =>
  placesOf({ env: { ...runner, ...env }, userHome, inWorkflow: true })

const nowhere = /nothing is kept for later runs: set HOME or XDG_CACHE_HOME$/

describe('the cache folder', () => {
  test.each<[string, Env, string | null, string | null, readonly RegExp[]]>([
    ['is in XDG_CACHE_HOME', { XDG_CACHE_HOME: '/c', HOME: '/h' }, '/home/u', '/c/stage-footprint', []],
    ['is in XDG_CACHE_HOME without any home', { XDG_CACHE_HOME: '/c' }, null, '/c/stage-footprint', []],
    ['is in HOME', { HOME: '/h' }, '/home/u', '/h/.cache/stage-footprint', []],
    [
      'is in HOME if XDG_CACHE_HOME is empty',
      { HOME: '/h', XDG_CACHE_HOME: '' },
      '/home/u',
      '/h/.cache/stage-footprint',
      [],
    ],
    ['is below / if HOME is /, as in containers', { HOME: '/' }, null, '/.cache/stage-footprint', []],
    [
      'is in HOME if XDG_CACHE_HOME is relative',
      { HOME: '/h', XDG_CACHE_HOME: '.cache' },
      '/home/u',
      '/h/.cache/stage-footprint',
      [/^XDG_CACHE_HOME is "\.cache".*ignored$/],
    ],
    ['is in the home of the user without HOME', {}, '/home/u', '/home/u/.cache/stage-footprint', []],
    [
      'is in the home of the user if HOME is empty',
      { HOME: '' },
      '/home/u',
      '/home/u/.cache/stage-footprint',
      [/^HOME is empty: the user's home folder \/home\/u is used instead$/],
    ],
    [
      'is in the home of the user if HOME is relative',
      { HOME: 'h' },
      '/home/u',
      '/home/u/.cache/stage-footprint',
      [/^HOME is "h", which is not an absolute path/],
    ],
    ['is missing without HOME and home of the user', {}, null, null, [nowhere]],
    ['is missing with an empty HOME and no home of the user', { HOME: '' }, null, null, [nowhere]],
    ['is missing with a relative HOME and an empty home of the user', { HOME: 'h' }, '', null, [nowhere]],
    [
      'is missing with a relative XDG_CACHE_HOME and no home',
      { XDG_CACHE_HOME: 'c' },
      null,
      null,
      [/^XDG_CACHE_HOME/, nowhere],
    ],
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
    ['that of the system', {}, ['/tmp', '/var/tmp'], []],
    ['the one in TMPDIR', { TMPDIR: '/t' }, ['/t', '/tmp', '/var/tmp'], []],
    ['one of two variables', { TMPDIR: '/tmp', TMP: '/m' }, ['/tmp', '/m', '/var/tmp'], []],
    [
      'not a relative TMPDIR',
      { TMPDIR: 't' },
      ['/tmp', '/var/tmp'],
      [/^TMPDIR is "t", which is not an absolute path: it is ignored$/],
    ],
    ['not RUNNER_TEMP', { RUNNER_TEMP: '/r' }, ['/tmp', '/var/tmp'], []],
  ])('outside of a workflow is %s', (_, env, folders, warnings) => {
    const places = desk({ HOME: '/h', ...env })
    expect([places.tempFolders, places.warnings]).toEqual([
      folders,
      warnings.map((warning) => expect.stringMatching(warning)),
    ])
  })

  test.each<[string, Env, readonly string[], readonly RegExp[]]>([
    ['that of the runner', { TMPDIR: '/t' }, ['/runner/temp', '/t', '/tmp', '/var/tmp'], []],
    ['that of the system without RUNNER_TEMP', { RUNNER_TEMP: '' }, ['/tmp', '/var/tmp'], [/^RUNNER_TEMP is not set/]],
    [
      'that of the system if RUNNER_TEMP is relative',
      { RUNNER_TEMP: 'temp' },
      ['/tmp', '/var/tmp'],
      [/^RUNNER_TEMP is "temp", which is not an absolute path/],
    ],
  ])('in a workflow is %s', (_, env, folders, warnings) => {
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

test.each(['GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY'])(
  'warns if %s is missing in a workflow, but not outside of one',
  (name) => {
    expect(step({ HOME: '/h', [name]: '' }).warnings).toEqual([expect.stringContaining(`${name} is not set`)])
    expect(desk({ HOME: '/h' }).warnings).toEqual([])
  },
)
