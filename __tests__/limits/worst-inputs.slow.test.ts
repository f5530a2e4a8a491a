/**
 * The worst input of each kind that a stranger can provide: the work grows linearly with its length. What is counted are
 * steps, which are the same on every machine.
 */
import { Readable } from 'node:stream'
import { zstdCompressSync } from 'node:zlib'
import { describe, expect, jest, test } from '@jest/globals'
import { parseBudgetLine } from '../../src/budget/grammar.ts'
import { judge } from '../../src/budget/judge.ts'
import { maxGlobals } from '../../src/compare/build-arguments.ts'
import { compareFootprints } from '../../src/compare/compare.ts'
import { packageOfPath } from '../../src/compare/package-of-path.ts'
import { maxSettings } from '../../src/compare/setting-parts.ts'
import { quotedLog } from '../../src/docker/builder-log.ts'
import { parseFailure } from '../../src/docker/failure.ts'
import { contextSources, sourceMatcher, throughLinks } from '../../src/dockerfile/copied-paths.ts'
import { ignoreMatcher, mayKeepBelow, readIgnoreFile } from '../../src/dockerfile/ignore-file.ts'
import { joinLines, parseInstructions } from '../../src/dockerfile/instructions.ts'
import { nameStages } from '../../src/dockerfile/name-stages.ts'
import { planStages, type PlanInputs } from '../../src/dockerfile/plan-stages.ts'
import { parseProvenance, type BuildStep } from '../../src/graph/provenance.ts'
import { chainsOf } from '../../src/graph/stage-results.ts'
import type { Archive } from '../../src/images/archive.ts'
import { readAttestedBuild } from '../../src/images/attested-build.ts'
import { dockerArchiveImages } from '../../src/images/docker-archive.ts'
import { layerInstructions } from '../../src/images/image-history.ts'
import { parseChallenges } from '../../src/images/registry-auth.ts'
import { maskCall } from '../../src/inputs/mask.ts'
import { decompress } from '../../src/layer/decoder.ts'
import { Inflater } from '../../src/layer/inflater.ts'
import type { LayerIndex } from '../../src/layer/layer-index.ts'
import type { Digest } from '../../src/oci/digest.ts'
import { OutputTail } from '../../src/output-tail.ts'
import { sparePackages } from '../../src/packages/debian-graph.ts'
import { onlyPart } from '../../src/page/image-part.ts'
import { dockerfileOf } from '../../src/page/sections/dockerfile.ts'
import { graphOf } from '../../src/page/sections/graph.ts'
import { maxImages, type Footprint, type Instruction, type Stage } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import {
  escapeLines,
  escapeMarkdown,
  escapeMermaid,
  escapeTerminal,
  markdownCode,
  shorten,
} from '../../src/report/escape.ts'
import { headlineOf } from '../../src/report/headline.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { imageReports, reportOf } from '../../src/report/report.ts'
import { copyPatterns } from '../../src/savings/copy-patterns.ts'
import { StageSearch } from '../../src/savings/stage-search.ts'
import { withUniqueNames } from '../../src/run/unique-names.ts'
import { weighStage } from '../../src/weigh/weigh-stage.ts'
import { digestOf, footprintOf, image, layer, stage } from '../support/footprints.ts'
import { nasty } from '../support/nasty.ts'
import { stepCounter } from '../support/steps.ts'
import { workDone } from '../support/work.ts'

const countSteps = await stepCounter()

const many = (count: number, text: string | ((nth: number) => string)): string =>
  typeof text === 'string' ? text.repeat(count) : Array.from({ length: count }, (_, nth) => text(nth)).join('')
const list = <T>(count: number, make: (nth: number) => T): T[] => Array.from({ length: count }, (_, nth) => make(nth))

const plan = (dockerfile: string, more: Partial<PlanInputs> = {}): ReturnType<typeof planStages> =>
  planStages({ dockerfile, list: null, target: null, buildContexts: new Set(), buildArgs: new Map(), ...more })
const planAndName = (dockerfile: string): unknown => nameStages(dockerfile, plan(dockerfile).stages)

/** @param value that of the last setting of the long stage */
function stagesFromLongOne(size: number, length: number, content: string, value: string): Footprint {
  const settings = list(length, (nth) => ({
    text: `ENV A${nth}=${nth === length - 1 ? value : 1}`,
    line: nth + 1,
    endLine: nth + 1,
  }))
  const long = stage({ name: 'long', role: 'builder', instructions: settings })
  const run = { text: 'RUN x', line: length + 1, endLine: length + 1 }
  const stages = list(size, (nth) =>
    stage({
      name: `s${nth}`,
      index: nth + 1,
      role: 'builder',
      uses: [{ stage: 'long', via: 'from', carriedBytes: null }],
      instructions: [run],
      layers: [layer({ diffId: digestOf(`${content}${nth}`), instruction: run })],
    }),
  )
  return footprintOf([
    image({ stages: [long, ...stages, stage({ name: 'last', index: size + 1 })], finalStage: 'last' }),
  ])
}

/** @param more how many further arguments the last line before the first FROM declares */
function stageWithArguments(size: number, content: string, more = 0): Footprint {
  const argument = (text: string, line: number): Instruction => ({ text, line, endLine: line })
  const run = argument('RUN x', 2 * size + maxGlobals)
  const only = stage({
    instructions: [
      ...list(size, (nth) =>
        argument(`ARG ${nth % 2 === 0 ? 'A' : 'B'}${nth % (maxGlobals / 2)}`, maxGlobals + nth + 1),
      ),
      run,
    ],
    globalArguments: [
      ...list(maxGlobals / 2, (nth) => argument(`ARG A${nth}=$A${nth - 1}`, nth + 1)),
      argument(`ARG ${list(maxGlobals / 2 + more, (nth) => `B${nth}=$A${nth}`).join(' ')}`, maxGlobals / 2 + 1),
    ],
    layers: [layer({ diffId: digestOf(content), instruction: run })],
  })
  return footprintOf([image({ stages: [only] })])
}

function provenanceOf(dockerfile: string): unknown {
  const metadata = {
    'https://mobyproject.org/buildkit@v1#metadata': {
      source: { infos: [{ language: 'Dockerfile', data: Buffer.from(dockerfile).toString('base64') }] },
    },
  }
  return { buildConfig: { llbDefinition: [] }, invocation: { parameters: { args: {} } }, metadata }
}

const digest = (nth: number): Digest => `sha256:${nth.toString(16).padStart(64, '0')}`

function history(...texts: readonly string[]): unknown {
  return layerInstructions({
    os: 'linux',
    architecture: 'amd64',
    rootfs: { diff_ids: texts.map((_, nth) => digest(nth)) },
    history: texts.map((created_by) => ({ created_by })),
  })
}

function ignored(pattern: string, path: string): boolean {
  const rules = readIgnoreFile(`${pattern}\n!${pattern}/x`)
  mayKeepBelow(rules, path)
  return ignoreMatcher(rules)(path)
}

const imagesNamed = (count: number): Footprint => footprintOf(list(count, (nth) => image({ name: `i${nth}` })))
const origin = { kind: 'given', commit: null, reference: 'x' } as const
const compare = (before: Footprint, after: Footprint): unknown =>
  compareFootprints(before, after, origin, { sameBuilder: false })
const stagesOf = (count: number, some: (nth: number) => Parameters<typeof stage>[0]): Footprint =>
  footprintOf([
    image({
      stages: [
        ...list(count, (nth) => stage({ role: 'builder', ...some(nth) })),
        stage({ name: 'last', index: count + 1 }),
      ],
      finalStage: 'last',
    }),
  ])

function rulesOf(count: number): Parameters<typeof judge>[0] {
  return list(count, () => {
    const parsed = parseBudgetLine('final pull <= 1MB')
    if (parsed.kind !== 'rule') throw new Error('no rule')
    return { ...parsed.rule, place: 'x' }
  })
}

/** A graph with so many steps, each of which makes a layer and has its own chains. */
function weighFromProvenance(count: number): unknown {
  const planned = plan(`FROM scratch\n${many(count, (nth) => `COPY --from=x a${nth} /\n`)}`).stages[0]!
  const digests = list(count, digest)
  const id = (nth: number): string => `step${nth}`
  const op = { Op: { file: { actions: [{ Action: { copy: {} } }] } } }
  const steps = parseProvenance({
    buildConfig: {
      llbDefinition: [
        ...list(count, (nth) => ({ id: id(nth), op, inputs: nth === 0 ? [] : [`${id(nth - 1)}:0`] })),
        { id: id(count), op: { Op: null }, inputs: [`${id(count - 1)}:0`] },
      ],
    },
    metadata: {
      'https://mobyproject.org/buildkit@v1#metadata': {
        source: {
          locations: Object.fromEntries(
            list(count, (nth) => [id(nth), { locations: [{ ranges: [{ start: { line: nth + 2 } }] }] }]),
          ),
        },
        layers: Object.fromEntries(
          list(count, (nth) => [`${id(nth)}:0`, [[{ digest: digest(nth), mediaType: 'a', size: 1 }]]]),
        ),
      },
    },
  })
  const config = { os: 'linux', architecture: 'amd64', rootfs: { diff_ids: digests } }
  const index = {
    digest: digest(0),
    diffId: digest(0),
    compressedSize: 1,
    uncompressedSize: 1,
    fileBytes: 1,
    entries: 1,
    whiteouts: 0,
    opaqueWhiteouts: 0,
  } as LayerIndex
  const manifest = {
    layers: digests.map((each) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      digest: each,
      size: 1,
    })),
  }
  return weighStage(
    planned,
    [planned],
    {
      image: { manifest, config, configDigest: digest(1), manifestDigest: digest(1) },
      steps,
      indexes: list(count, () => index),
    },
    null,
  )
}

const asEveryText = (text: string): void => {
  for (const escape of [escapeTerminal, escapeLines, escapeMarkdown, markdownCode, escapeMermaid]) escape(text)
  shorten(text, 100)
}

/** The name, how the input is made from a size, and how much larger than usual the size has to be. */
const worst: readonly (readonly [string, (size: number) => unknown, number?])[] = [
  [
    'blanks within a line of a Dockerfile',
    (size) => plan(`FROM a\nRUN a${many(size, ' ')}b\nRUN a\\${many(size, ' ')}b\n`),
  ],
  ['carriage returns in a Dockerfile', (size) => plan(`FROM a\nRUN a${many(size, '\r')}b\n`)],
  [
    'blanks of a Dockerfile in a provenance',
    (size) =>
      readAttestedBuild(provenanceOf(`FROM a\nRUN a${many(size, '\t')}b\n`), { os: 'linux', architecture: 'amd64' }),
  ],
  ['blanks in a directive', (size) => parseInstructions(`# escape=\0${many(size, '\t')}\0\nFROM a\n`)],
  ['heredocs that nothing ends', (size) => plan(`FROM a\n${many(size, (nth) => `RUN <<E${nth}\n`)}`)],
  ['a heredoc whose name is blanks', (size) => plan(`FROM a\nRUN <<-${many(size, '\t')}<\n`)],
  [
    'stages that take from each other',
    (size) => planAndName(`FROM a AS s0\n${many(size, (nth) => `FROM s${nth} AS s${nth + 1}\nCOPY --from=s0 a b\n`)}`),
  ],
  ['stages of one name', (size) => planAndName(many(size, 'FROM a AS s\n'))],
  [
    'names that stages may get, all taken',
    (size) => planAndName(`FROM a\n${many(size, (nth) => `RUN stage-footprint-x${nth}-\n`)}`),
  ],
  [
    'a list of stages from the builder',
    (size) =>
      plan(many(size, 'FROM a\n'), {
        list: {
          stages: list(size, (nth) => ({ name: null, base: 'a', line: nth + 1, endLine: nth + 1 })),
        } as unknown as PlanInputs['list'],
      }),
  ],
  ['backslashes in quotes that do not end', (size) => plan(`ARG A="${many(size, '\\')}\nFROM $A\n`)],
  [
    'arguments that double',
    (size) => plan(`ARG A0=xx\n${many(size, (nth) => `ARG A${nth + 1}=$A${nth}$A${nth}\n`)}FROM $A${size}\n`),
  ],
  ['defaults in defaults', (size) => plan(`FROM ${many(size, '${A:-')}\n`)],
  [
    'a pattern of an expansion',
    (size) => plan(`ARG A=${many(Math.min(size, 1_000), 'a')}\nFROM \${A%%${many(8, '*a')}b}\n`),
  ],
  ['a pattern with many stars', (size) => ignored('*a*a*a*a*a*a*ab', many(size, 'a'))],
  ['a pattern with many folders', (size) => ignored('**/a/**/a/**/a/**/b', many(20, `${many(size, 'a')}/`))],
  ['classes that do not end', (size) => ignored(many(size, '['), 'a')],
  [
    'a COPY with many stars',
    (size) => {
      const sources = contextSources(plan(`FROM a\nCOPY *a*a*a*a*a*ab /\n`).stages, '\\')
      return sourceMatcher(sources)(many(size, 'a'))
    },
  ],
  [
    'shells of a history',
    (size) =>
      history(...list(size, (nth) => `SHELL [sh${nth} -c]`), ...list(size, () => 'RUN |1 A=b sh -c x # buildkit')),
  ],
  ['a SHELL that does not end', (size) => history(many(size, '#(nop) SHELL ['))],
  [
    'arguments of a history',
    (size) =>
      history(
        ...list(size, (nth) => `ARG A${nth}=value${nth}`),
        ...list(size, () => 'RUN /bin/sh -c value1 value22 x'),
      ),
  ],
  [
    'an argument that is nearly all of a text',
    (size) => history(`ARG A=${many(size, 'a')}b`, `RUN /bin/sh -c ${many(size, 'a')}`),
  ],
  ['steps and layers of a provenance', weighFromProvenance],
  ...(
    [
      ['images', (nth: number) => `i${nth}`],
      ['images of one name and platform', () => 'app'],
    ] as const
  ).map(
    ([what, nameOf]) =>
      [
        `${what} of a record`,
        (size: number) => {
          const footprint = (layers: number): Footprint =>
            footprintOf(
              list(Math.min(size, maxImages), (nth) =>
                image({ name: nameOf(nth), stages: [stage({ layers: [layer({ diffId: digest(nth + layers) })] })] }),
              ),
            )
          const record = parseRecord(JSON.stringify(footprint(0)), 'x')
          const comparison = compareFootprints(footprint(100_000), record, origin, { sameBuilder: false })
          const verdict = {
            results: judge(rulesOf(2), 0, record, comparison),
            outcome: 'pass',
            override: null,
            edited: null,
          } as unknown as NonNullable<ReturnType<typeof reportOf>['verdict']>
          return imageReports({ ...reportOf(record), comparison, verdict })
        },
      ] as const,
  ),
  [
    'results of one step, and of steps on it',
    (size) => {
      const step = (on: readonly number[], nths: readonly number[]): BuildStep => ({
        kind: 'layer',
        on,
        uses: on,
        source: null,
        places: [],
        llbDigest: null,
        exported: false,
        chains: nths.map((nth) => [{ digest: digest(nth), mediaType: '', size: 1 }]),
      })
      return chainsOf(
        [
          step(
            [],
            list(size, (nth) => nth),
          ),
          ...list(size, (nth) => step([0], [size + nth])),
        ],
        0,
      )
    },
  ],
  [
    'records that are nearly the same',
    (size) => withUniqueNames(list(size, (nth) => ({ path: `a${nth}/x.json`, footprint: imagesNamed(1 + (nth % 7)) }))),
  ],
  [
    'stages of a record',
    (size) =>
      compare(
        stagesOf(size, (nth) => ({ name: `a${nth}`, index: nth })),
        stagesOf(size, (nth) => ({ name: `b${nth}`, index: nth, layers: [layer({ diffId: digestOf(`x${nth}`) })] })),
      ),
  ],
  [
    'stages of a record that are all built FROM a long one',
    (size) => compare(stagesFromLongOne(size, size, 'a', '1'), stagesFromLongOne(size, size, 'b', '1')),
  ],
  [
    'stages of a record that are all built FROM one with an edited setting and as many as are compared',
    (size) => compare(stagesFromLongOne(size, maxSettings, 'a', '1'), stagesFromLongOne(size, maxSettings, 'b', '2')),
  ],
  [
    'arguments of a stage, and as many before the first FROM as are read',
    (size) => compare(stageWithArguments(size, 'a'), stageWithArguments(size, 'b')),
  ],
  [
    'arguments of a stage, and too many of one line before the first FROM',
    (size) => compare(stageWithArguments(size, 'a', size), stageWithArguments(size, 'b', size)),
  ],
  [
    'layers that a record lists twice',
    (size) => {
      const record = (content: string): Footprint =>
        footprintOf([
          image({
            stages: [
              stage({
                layers: list(2 * size, (nth) =>
                  layer({ diffId: digestOf(`${content}${nth}`), digest: digestOf(`${content}${nth % size}`) }),
                ),
              }),
            ],
          }),
        ])
      return compare(record('a'), record('b'))
    },
    2,
  ],
  [
    'stages of a report',
    (size) => {
      // The parents of the last stage are far away from it.
      const uses = (nth: number): Stage['uses'] => [{ stage: `s${nth}`, via: 'from', carriedBytes: null }]
      const builders = list(size, (nth) =>
        stage({ name: `s${nth}`, index: nth, role: 'builder', uses: nth === 0 || nth > 50 ? [] : uses(nth - 1) }),
      )
      const last = stage({ name: 'last', index: size, uses: uses(50), layers: list(size, () => layer()) })
      return headlineOf(image({ stages: [...builders, last], finalStage: 'last' }))
    },
  ],
  [
    'what the stages of a page take',
    (size) => {
      const uses = (nth: number): Stage['uses'] => [
        { stage: `image${nth}`, via: 'copy', carriedBytes: nth },
        { stage: `s${nth - 1}`, via: 'copy', carriedBytes: nth },
      ]
      return graphOf(
        image({ stages: list(size, (nth) => stage({ name: `s${nth}`, index: nth, uses: uses(nth) })) }),
        onlyPart,
      )
    },
  ],
  [
    'instructions and layers of a page',
    (size) => {
      const instructions = list(size, (nth) => ({ text: `RUN ${nth}`, line: nth + 1, endLine: nth + 1 }))
      const layers = instructions.map((instruction) => layer({ origin: 'own', instruction }))
      const of = image({ stages: [stage({ instructions, layers })] })
      return dockerfileOf({ image: of, comparison: null, results: [] }, onlyPart, undefined)
    },
  ],
  [
    'layers of a record',
    (size) => {
      const layers = (from: number): Footprint =>
        footprintOf([
          image({ stages: [stage({ layers: list(size, (nth) => layer({ diffId: digest(from + nth) })) })] }),
        ])
      return compare(layers(0), layers(1_000_000))
      // Only a few of them are aligned completely.
    },
    6,
  ],
  [
    'packages that moved to another stage',
    (size) => {
      const lists = { files: [], directories: [], complete: true }
      const packagesOf = (name: string | null): Stage => {
        const packages = list(name === null ? 0 : size, (nth) => {
          return {
            ecosystem: 'npm',
            name: `${name ?? ''}${nth}`,
            version: '1',
            path: `x/${nth}`,
            fileBytes: 1,
            files: 1,
          }
        })
        const folded = { packages: 0, fileBytes: 0, files: 0 }
        const contents = { ...lists, packages: { packages, folded, complete: true, others: lists } }
        return stage({ layers: [layer({ diffId: digestOf(name ?? 'none'), fileBytes: size, contents })] })
      }
      const record = (fat: Stage, slim: Stage): Footprint =>
        footprintOf([
          image({
            stages: [
              { ...fat, name: 'fat', role: 'builder' },
              { ...slim, index: 1 },
            ],
          }),
        ])
      return compare(record(packagesOf('x'), packagesOf(null)), record(packagesOf('y'), packagesOf('x')))
    },
  ],
  [
    'instructions of a record',
    (size) =>
      renderMarkdown(
        reportOf(
          footprintOf([
            image({
              stages: [
                stage({
                  layers: list(20, () =>
                    layer({
                      instruction: { text: many(Math.min(size * 20, 60_000), '\\\n'), line: null, endLine: null },
                    }),
                  ),
                }),
              ],
            }),
          ]),
        ),
      ),
  ],
  [
    'copied files with one name, size and checksum',
    (size) => {
      const path = (nth: number): Buffer => Buffer.from(`a${nth}/${many(1_500, 'd/')}x`)
      const search = new StageSearch(
        stage(),
        list(size, (file) => ({
          ...{ file, fileBytes: 1, checksum: 1, path: path(file), copying: [] },
          patterns: copyPatterns('COPY --from=build / /'),
        })),
      )
      for (let nth = 0; nth < size; nth++) search.add(0, path(nth), path(nth).length, 1, 1)
      search.found()
    },
    0.5,
  ],
  ['lines to be joined', (size) => joinLines(many(size, 'RUN a \\\n'))],
  ['a path that looks like a gem', (size) => packageOfPath(`gems/0${many(size, '-0')}!`)],
  [
    'what a build prints',
    (size) => [
      parseFailure(many(size, 'dial unix ')),
      parseFailure(many(size, 'x:1\n')),
      parseFailure(`${many(size, 'a:1')}\n---`),
    ],
  ],
  [
    'what a build prints without an end',
    (size) => {
      const log = quotedLog({ write: () => true }, { write: () => true })
      for (let nth = 0; nth < size; nth++) log.write(Buffer.from('::\r'))
      log.write(Buffer.from(many(size, '#')))
      log.end()
    },
  ],
  [
    'a call with addresses',
    (size) =>
      maskCall([
        many(size, 'a'),
        many(size, '://'),
        `--set=${many(size, 'a.')}=${many(size, '"')}`,
        `--cache-to=${many(size, ',token=')}`,
      ]),
  ],
  [
    'Debian packages that all want the same name, and all provide it',
    (size) => {
      const one = { architecture: 'amd64', multiArch: '', recommends: '', isRequired: true }
      const relations = { ...one, depends: many(size, 'a,'), provides: many(size, 'a,') }
      sparePackages(
        list(4, (nth) => ({ ...relations, name: `p${nth}` })),
        new Set(),
      )
    },
  ],
  [
    'Debian packages of many architectures that want all of them',
    (size) => {
      const all = list(size / 10, (nth) => `a:x${nth}`).join()
      const one = { multiArch: 'same', recommends: '', provides: 'a', isRequired: true }
      sparePackages(
        list(size / 10, (nth) => ({
          ...one,
          name: `p${nth}`,
          architecture: `x${nth}`,
          depends: nth === 0 ? all : 'a',
        })),
        new Set(),
      )
    },
  ],
  [
    'links beside as many paths that are copied',
    (size) => {
      const paths = list(size, (nth) => ({ text: `a/b${nth}`, glob: false }))
      throughLinks(
        paths,
        list(size, (nth) => `c/d${nth}`),
      )
    },
  ],
  [
    'a variable with a pattern that nearly fits everywhere',
    (size) => plan(`ARG A=${many(size, 'a')}\nARG B=\${A//*a*a*a*b/c}\nFROM $B\n`),
  ],
  [
    'a log of many short parts',
    (size) => {
      const tail = new OutputTail(100)
      for (let nth = 0; nth < size * 10; nth++) tail.write(Buffer.from('a'))
      tail.text()
    },
  ],
  ['challenges of a registry', (size) => parseChallenges(`Bearer ${many(size, 'a="\\')}`)],
  ...nasty
    .filter((text) => text.length < 100)
    .map(
      (text) =>
        [`text such as ${JSON.stringify(text)}`, (size: number) => asEveryText(many(size, text)), 0.25] as const,
    ),
]

describe('twice the size takes at most about twice the work', () => {
  test.each(worst)('%s', async (_, task, scale = 1) => {
    const [small, middle, large] = [await work(200 * scale), await work(400 * scale), await work(800 * scale)]
    // Quadratic work would give 4.
    expect((large - middle) / Math.max(middle - small, small, 500)).toBeLessThan(2.6)

    async function work(size: number): Promise<number> {
      return workDone(() => task(size), countSteps)
    }
  })
})

test('each of many images with one name and platform has its own results, and the number of images is limited', () => {
  const record = parseRecord(JSON.stringify(footprintOf(list(maxImages, () => image()))), 'x')
  const verdict = {
    results: judge(rulesOf(3), 0, record, null),
    outcome: 'pass',
    override: null,
    edited: null,
  } as unknown as NonNullable<ReturnType<typeof reportOf>['verdict']>
  expect(new Set(imageReports({ ...reportOf(record), verdict }).map(({ results }) => results.length))).toEqual(
    new Set([3]),
  )
  expect(() => parseRecord(JSON.stringify(imagesNamed(maxImages + 1)), 'x')).toThrow('is not a valid record: images')
})

test('a config that an archive names many times is read once, and keeps all its names', async () => {
  const config = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { diff_ids: [] } }))
  const items = list(40_000, (nth) => ({ Config: 'c.json', RepoTags: [`a:${nth}`], Layers: [] }))
  let asked = 0
  const archive = {
    name: 'x',
    size: () => config.length,
    document: (path: string) => {
      asked++
      return Promise.resolve(path === 'manifest.json' ? Buffer.from(JSON.stringify(items)) : config)
    },
  } as unknown as Archive
  const images = await dockerArchiveImages(archive)
  expect([images.length, images[0]?.names.length, asked]).toEqual([1, 40_000, 2])
  const apart = {
    ...archive,
    document: () =>
      Promise.resolve(Buffer.from(JSON.stringify(items.map((item, nth) => ({ ...item, Config: `${nth}.json` }))))),
  }
  await expect(dockerArchiveImages(apart)).rejects.toThrow('lists more than 2000 images')
})

test('a layer that a million links lead to is read once', async () => {
  const config = Buffer.from(
    JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { diff_ids: list(1_000, digest) } }),
  )
  let opened = 0
  const archive = {
    name: 'x',
    size: () => 10,
    document: (path: string) =>
      Promise.resolve(
        path === 'manifest.json'
          ? Buffer.from(JSON.stringify([{ Config: 'c.json', Layers: list(1_000, (nth) => `${nth}/layer.tar`) }]))
          : config,
      ),
    part: () => ({ path: 'x', start: 512, bytes: 10 }),
    open: () => {
      opened++
      return Promise.resolve(Readable.from([Buffer.from([0x1f, 0x8b, 8, 0, 0])]))
    },
  } as unknown as Archive
  const [found] = await dockerArchiveImages(archive)
  expect([found?.layers.length, opened]).toEqual([1_000, 1])
})

test('a million empty zstd frames need one decoder', async () => {
  const frame = zstdCompressSync(Buffer.alloc(0))
  const made = jest.spyOn(Inflater, 'zstd')
  let bytes = 0
  for await (const chunk of decompress(Readable.from(list(100, () => Buffer.concat(list(10_000, () => frame))))))
    bytes += chunk.length
  expect([bytes, made.mock.calls.length]).toEqual([0, 1])
})
