/**
 * Calls of ours in the builder's history. Each bears a mark, by which it is found and taken out again, also where it was
 * stopped before it told its name: the history is the user's.
 */
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import type { ClientHttp2Session } from 'node:http2'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { NamedContext } from '../plan/weighing-calls.ts'
import { connectionsTo, type BuilderConnections, type BuilderToDial } from './builder-connection.ts'
import { askGrpc, callGrpc } from './grpc.ts'
import { boolField, bytesOf, fieldsOf, numberOf, stringField, type Field } from './protobuf.ts'

export interface OwnSolves {
  /** Of each call: a named context that no Dockerfile takes from, so that it changes nothing of what is built. */
  readonly mark: NamedContext
  /** Told of each call that begins. */
  readonly begin: (platform: string) => void
  /** Takes all calls that began since out of the history, where the builder lets us do so safely. Never fails. */
  readonly forget: () => Promise<void>
}

const service = '/moby.buildkit.v1.Control'
/** A call is in the history a moment after its end. */
const attempts = 10
const pauseMs = 100
/** A runner waits a few seconds for a step that it cancels. Milliseconds. */
const longestAfterwards = 3_000
/** Of UpdateBuildHistoryRequest. */
const remove = 3
/** BuildHistoryEventType. */
const complete = 1
/** BuildKit keeps 50 records unless told otherwise. */
const mostRecords = 10_000

/**
 * @param folder for an empty one of ours, and for sockets
 * @param connections used unless the run was cancelled, which closes them
 */
export async function markOwnSolves(
  folder: string,
  builder: BuilderToDial,
  connections: BuilderConnections,
  signal: AbortSignal,
): Promise<OwnSolves> {
  const name = `stage-footprint-${randomBytes(8).toString('hex')}`
  const empty = join(folder, 'mark')
  await mkdir(empty)
  const begun = new Map<string, number>()
  return {
    mark: { name, folder: empty },
    begin: (platform) => void begun.set(platform, (begun.get(platform) ?? 0) + 1),
    async forget() {
      const platforms = [...begun].filter(([, calls]) => calls > 0)
      if (platforms.length === 0) return
      const usable = signal.aborted
        ? connectionsTo(builder, folder, AbortSignal.timeout(longestAfterwards))
        : connections
      await Promise.allSettled(
        platforms.map(async ([platform, calls]) => {
          const session = await usable.to(platform)
          if (session !== null) await forgetMarked(session, `context:${name}`, calls)
        }),
      )
      // A run that is cancelled meanwhile loses its connections: then all of it is taken up again.
      if (usable === connections && signal.aborted) return
      for (const [platform, calls] of platforms) begun.set(platform, (begun.get(platform) ?? 0) - calls)
      if (usable !== connections) await usable.close()
    },
  }
}

/** @param calls as many as there were; the builder refuses some without a record */
async function forgetMarked(session: ClientHttp2Session, attribute: string, calls: number): Promise<void> {
  if (!(await isSafe(session))) return
  let left = calls
  for (let attempt = 0; attempt < attempts && left > 0; attempt++) {
    if (attempt > 0) await setTimeout(pauseMs)
    for (const ref of await endedWith(session, attribute)) {
      await askGrpc(
        session,
        `${service}/UpdateBuildHistory`,
        Buffer.concat([stringField(1, ref), boolField(remove, true)]),
      )
      left -= 1
    }
  }
}

/**
 * The engine of Docker 28.5 (BuildKit 0.25) ended altogether when its history was listed after this. 0.34 is the oldest that
 * it was tried with since.
 */
const oldestSafe = 34

async function isSafe(session: ClientHttp2Session): Promise<boolean> {
  const none = Buffer.alloc(0)
  const answer = await askGrpc(session, `${service}/Info`, none)
  const version = bytesOf(fieldsOf(answer ?? none) ?? [], 1)
  const text = bytesOf(fieldsOf(version ?? none) ?? [], 2)?.toString('utf8') ?? ''
  const [, major, minor] = /^v?(\d{1,6})\.(\d{1,6})\./.exec(text) ?? []
  return Number(major) > 0 || Number(minor) >= oldestSafe
}

/** Names of those that have ended, by `ListenBuildHistory` of BuildKit's control API. */
async function endedWith(session: ClientHttp2Session, attribute: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  let seen = 0
  // Until what is there has been told.
  const earlyExit = boolField(3, true)
  for await (const answer of callGrpc(session, `${service}/ListenBuildHistory`, earlyExit)) {
    if (++seen > mostRecords) break
    const event = fieldsOf(answer) ?? []
    const record = fieldsOf(bytesOf(event, 2) ?? Buffer.alloc(0)) ?? []
    const ref = bytesOf(record, 1)?.toString('utf8') ?? ''
    if (ref !== '' && numberOf(event, 1) === complete && hasAttribute(record, attribute)) found.add(ref)
  }
  return found
}

/** Those of the frontend. */
function hasAttribute(record: readonly Field[], attribute: string): boolean {
  return record.some(
    ({ number, value }) =>
      number === 3 && Buffer.isBuffer(value) && bytesOf(fieldsOf(value) ?? [], 1)?.toString('utf8') === attribute,
  )
}
