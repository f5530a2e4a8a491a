/** Whole processes measured in turn: wall-clock and processor time, and the greatest resident memory as the kernel counts it. */
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'

export interface Contender {
  readonly name: string
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** The exit status that is right; 0 by default. */
  readonly status?: number
  /** Not measured. */
  readonly before?: readonly (Command | (() => Promise<void>))[]
}

interface Command {
  readonly argv: readonly string[]
}

export interface Sample {
  readonly seconds: number
  /** Of the process itself, not of those that it starts. Null where it was gone before it could be asked. */
  readonly residentBytes: number | null
  /** Of the process itself on all processors together, up to 15 ms before its end. Null where it was gone before. */
  readonly processorSeconds: number | null
}

export interface Measured {
  readonly name: string
  readonly samples: readonly Sample[]
}

/** One after the other in turn, so that whatever slows the machine down meets all of them. */
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
  const said: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk))
  let residentBytes: number | null = null
  let processorSeconds: number | null = null
  const look = async (): Promise<void> => {
    const text = await readFile(`/proc/${child.pid ?? 0}/status`, 'utf8').catch(() => '')
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1]
    if (kilobytes !== undefined) residentBytes = Math.max(residentBytes ?? 0, Number(kilobytes) * 1024)
    // Hundredths of a second in user and in system mode; the name in front may hold spaces.
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
    throw new Error(`${name} ended with ${ended}:\n${Buffer.concat(said).toString('utf8').slice(-2000)}`)
  return { seconds, residentBytes, processorSeconds }
}

/** A table in Markdown, for docs/performance.md as it is. */
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
