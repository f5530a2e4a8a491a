/** The action: inputs in, the user's build, the report to the job summary, outputs. */
import { writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import * as core from '@actions/core'
import { buildAndWeigh } from './build-and-weigh.ts'
import type { BuildOutputs } from './build/metadata.ts'
import { BuildFailed } from './build/user-build.ts'
import { FootprintError, messageOf } from './errors.ts'
import { readActionInputs, type ReportInputs } from './inputs/action.ts'
import type { BuildInputs } from './inputs/inputs.ts'
import type { Footprint } from './inspect/footprint.ts'
import { defaultIndexFolder } from './layer/index-store.ts'
import { isRemoteContext } from './plan/build-source.ts'
import { appendJobSummary } from './publish/job-summary.ts'
import { renderMarkdown } from './render/markdown.ts'
import { headlineOutputs } from './render/outputs.ts'
import { renderRecord } from './render/record.ts'
import { reportOf } from './render/report.ts'
import { progressPrinter } from './progress.ts'
import { stopSignal } from './stop-signal.ts'

export async function main(): Promise<void> {
  const stop = stopSignal()
  try {
    const inputs = readActionInputs(core.getInput, process.env)
    if (inputs.mode === 'publish') throw new FootprintError('USAGE', 'mode publish is not available yet')
    for (const value of inputs.build.env.values()) core.setSecret(value)
    for (const warning of inputs.warnings) core.warning(warning)
    await run(inputs, stop.signal).catch((error: unknown) => {
      if (!(error instanceof BuildFailed) || !annotate(error, inputs.build)) throw error
      process.exitCode = core.ExitCode.Failure
    })
  } catch (error) {
    core.setFailed(messageOf(error))
  } finally {
    stop.dispose()
  }
}

async function run(inputs: ReportInputs, signal: AbortSignal): Promise<void> {
  const report = await buildAndWeigh({
    build: inputs.build,
    stageCompression: inputs.stageCompression,
    indexFolder: defaultIndexFolder(process.env, homedir()),
    tempFolder: process.env['RUNNER_TEMP'] ?? '/tmp',
    terminal: false,
    quiet: false,
    signal,
    readStdin: () => Promise.reject(new FootprintError('USAGE', 'a workflow step has no standard input to build from')),
    onBuilt: setBuildOutputs,
    onProgress: progressPrinter(process.stderr),
  })
  if ('nothingBuilt' in report) return
  if ('problem' in report) {
    const message = `The image was built, but could not be weighed: ${messageOf(report.problem)}`
    await appendJobSummary(`### Stage Footprint\n\n${message}\n`, process.env['GITHUB_STEP_SUMMARY'])
    if (inputs.failOnReportError) core.setFailed(message)
    else core.warning(message)
    return
  }
  await publish(inputs, report.footprint)
}

function setBuildOutputs({ imageId, digest, metadata }: BuildOutputs): void {
  core.setOutput('imageid', imageId)
  core.setOutput('digest', digest)
  core.setOutput('metadata', metadata)
}

async function publish(inputs: ReportInputs, footprint: Footprint): Promise<void> {
  const folder = process.env['RUNNER_TEMP'] ?? '/tmp'
  const record = join(folder, `${inputs.fileName}.record.json`)
  const markdown = join(folder, `${inputs.fileName}.md`)
  const text = renderMarkdown(reportOf(footprint, inputs.name))
  await Promise.all([writeFile(record, renderRecord(footprint)), writeFile(markdown, text)])
  core.setOutput('record', record)
  core.setOutput('markdown', markdown)
  for (const [name, value] of headlineOutputs(footprint)) core.setOutput(name, value)
  await appendJobSummary(text, process.env['GITHUB_STEP_SUMMARY'])
}

/** Puts the error at its line of the Dockerfile; false where the builder named none. */
function annotate(error: BuildFailed, build: BuildInputs): boolean {
  if (error.failure.line === null) return false
  core.error(error.message, { title: 'Build failed', file: dockerfileInRepository(build), startLine: error.failure.line })
  return true
}

/** The builder knows the Dockerfile by its last name only; an annotation needs the path in the repository. */
function dockerfileInRepository({ context, file }: BuildInputs): string {
  if (isRemoteContext(context)) return file ?? 'Dockerfile'
  return relative(process.env['GITHUB_WORKSPACE'] ?? process.cwd(), resolve(file ?? join(context, 'Dockerfile')))
}
