/**
 * Measures whole processes in turn: wall-clock time, processor time, and the peak resident memory that the kernel
 * reports.
 */
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/** A program to measure. */
export interface Contender {
  readonly name: string
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** The expected exit status; 0 by default. */
  readonly status?: number
  /** Steps before the measurement, which are not measured. */
  readonly before?: readonly (Command | (() => Promise<void>))[]
}

interface Command {
  readonly argv: readonly string[]
}

export interface Sample {
  readonly seconds: number
  /** Memory of the process itself, without its child processes. Null if it ended before it could be measured. */
  readonly residentBytes: number | null
  /**
   * Time of the process itself on all processors, up to 15 ms before its end. Null if it ended before it could be
   * measured.
   */
  readonly processorSeconds: number | null
}

export interface Measured {
  readonly name: string
  readonly samples: readonly Sample[]
}

/** Measures contenders in turn, so that anything that slows down the machine affects all of them. */
export async function measure(contenders: readonly Contender[], runs: number): Promise<readonly Measured[]> {
  const measured = contenders.map(({ name }) => ({ name, samples: [] as Sample[] }))
  for (let run = 0; run < runs; run++)
    for (const [position, contender] of contenders.entries()) {
      for (const step of contender.before ?? []) {
        if (typeof step === 'function') await step()
        else await once({ name: step.argv.join(' '), argv: step.argv })
      }
      measured[position]?.samples.push(await once(contender))
    }
  return measured
}

async function once({ name, argv, env, status = 0 }: Contender): Promise<Sample> {
  const [command = '', ...args] = argv
  const begun = performance.now()
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const output: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk))
  let residentBytes: number | null = null
  let processorSeconds: number | null = null
  const look = async (): Promise<void> => {
    const text = await readFile(`/proc/${child.pid ?? 0}/status`, 'utf8').catch(() => '')
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1]
    if (kilobytes !== undefined) residentBytes = Math.max(residentBytes ?? 0, Number(kilobytes) * 1024)
    // Hundredths of a second in user and in system mode. The name before them may contain spaces.
    const [user, system] =
      (await readFile(`/proc/${child.pid ?? 0}/stat`, 'utf8').catch(() => ''))
        .split(') ')[1]
        ?.split(' ')
        .slice(11, 13)
        .map(Number) ?? []
    if (user !== undefined && system !== undefined)
      processorSeconds = Math.max(processorSeconds ?? 0, (user + system) / 100)
  }
  const looking = setInterval(() => void look(), 15)
  const ended = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const seconds = (performance.now() - begun) / 1000
  clearInterval(looking)
  if (ended !== status)
    throw new Error(`${name} ended with ${ended}:\n${Buffer.concat(output).toString('utf8').slice(-2000)}`)
  return { seconds, residentBytes, processorSeconds }
}

/** Prints a Markdown table for docs/performance.md. */
export function printComparison(title: string, measured: readonly Measured[], peer: string): void {
  const median = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
  const secondsOf = ({ samples }: Measured): number[] => samples.map(({ seconds }) => seconds)
  const peers = measured.find(({ name }) => name === peer)
  const lines = measured.map((one) => {
    const seconds = secondsOf(one)
    const processor = one.samples.flatMap(({ processorSeconds }) => processorSeconds ?? [])
    const resident = one.samples.flatMap(({ residentBytes }) => residentBytes ?? [])
    const cells = [
      one.name,
      median(seconds).toFixed(2),
      `${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)}`,
      peers ? (median(seconds) / median(secondsOf(peers))).toFixed(2) : '',
      processor.length === 0 ? 'not known' : median(processor).toFixed(2),
      resident.length === 0 ? 'not known' : `${Math.round(Math.max(...resident) / 1e6)} MB`,
    ]
    return `| ${cells.join(' | ')} |`
  })
  process.stdout.write(
    [
      '',
      `${title}, ${measured[0]?.samples.length ?? 0} runs each`,
      '',
      '| what | median, s | min to max | ratio | processor, s | peak resident |',
      '| --- | ---: | ---: | ---: | ---: | ---: |',
      ...lines,
      '',
    ].join('\n'),
  )
}
