/**
 * Removes our own calls from the builder's history, which belongs to the user. Each call has a mark, by which it is
 * found even if it was stopped before it reported its name.
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

/** Our own calls in the builder's history. */
export interface OwnSolves {
  /**
   * The mark of each call: a named context that no Dockerfile takes from, so that it changes nothing in what is built.
   */
  readonly mark: NamedContext
  /** Must be called for each call that begins, with the number of builds in it. */
  readonly begin: (platform: string, builds: number) => void
  /**
   * Removes all calls that have begun since the last time from the history, if that is safe with this builder. It never
   * fails.
   */
  readonly forget: () => Promise<void>
}

const service = '/moby.buildkit.v1.Control'
/** Limits for waiting, because a call appears in the history only a moment after its end. */
const attempts = 10
const pauseMs = 100
/** Time limit after a cancellation, in milliseconds. A runner waits only a few seconds for a cancelled step. */
const afterwardsTimeout = 3_000
/** A field of UpdateBuildHistoryRequest. */
const remove = 3
/** A value of BuildHistoryEventType. */
const complete = 1
/** Limit for the records that are read. By default, BuildKit keeps 50. */
const maxRecords = 10_000

/**
 * Returns the mark for our calls, and the functions that remove them.
 *
 * @param folder folder for sockets and for an empty folder
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
    begin: (platform, builds) => void begun.set(platform, (begun.get(platform) ?? 0) + builds),
    async forget() {
      const platforms = [...begun].filter(([, builds]) => builds > 0)
      if (platforms.length === 0) return
      const usable = signal.aborted
        ? connectionsTo(builder, folder, AbortSignal.timeout(afterwardsTimeout))
        : connections
      await Promise.allSettled(
        platforms.map(async ([platform, builds]) => {
          const session = await usable.to(platform)
          if (session !== null) await forgetMarked(session, `context:${name}`, builds)
        }),
      )
      // If the run is cancelled in the meantime, its connections are closed. Then everything is attempted again.
      if (usable === connections && signal.aborted) return
      for (const [platform, builds] of platforms) begun.set(platform, (begun.get(platform) ?? 0) - builds)
      if (usable !== connections) await usable.close()
    },
  }
}

/**
 * Removes the marked builds from the history.
 *
 * @param builds their number; the builder rejects some without keeping a record of them
 */
async function forgetMarked(session: ClientHttp2Session, attribute: string, builds: number): Promise<void> {
  if (!(await isSafe(session))) return
  let left = builds
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
 * Oldest minor version of BuildKit 0.x on which this is safe. The engine of Docker 28.5 (BuildKit 0.25) crashed when
 * its history was listed after a record had been removed. 0.34 is the oldest version that has been tested since.
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

/**
 * Returns the names of the builds with this attribute that have ended, from `ListenBuildHistory` of BuildKit's control
 * API.
 */
async function endedWith(session: ClientHttp2Session, attribute: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  let seen = 0
  // Stop after the existing records.
  const earlyExit = boolField(3, true)
  for await (const answer of callGrpc(session, `${service}/ListenBuildHistory`, earlyExit)) {
    if (++seen > maxRecords) break
    const event = fieldsOf(answer) ?? []
    const record = fieldsOf(bytesOf(event, 2) ?? Buffer.alloc(0)) ?? []
    const ref = bytesOf(record, 1)?.toString('utf8') ?? ''
    if (ref !== '' && numberOf(event, 1) === complete && hasAttribute(record, attribute)) found.add(ref)
  }
  return found
}

/** Returns whether a record has this frontend attribute. */
function hasAttribute(record: readonly Field[], attribute: string): boolean {
  return record.some(
    ({ number, value }) =>
      number === 3 && Buffer.isBuffer(value) && bytesOf(fieldsOf(value) ?? [], 1)?.toString('utf8') === attribute,
  )
}
