import type { Worker } from 'node:worker_threads'
import type { Digest } from '../oci/digest.ts'
import { NotTheLayer } from './not-the-layer.ts'
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts'
import type { BombLimits, Unpacked, Unpacking, Wanted } from './unpacker.ts'

/** A few, so that the thread has one to unpack while others are filled. */
const slotCount = 4
const slotBytes = 256 * 1024

/**
 * A thread that unpacks one blob after the other, while this one reads and hashes what comes next. Bytes go through
 * memory that both share: a message with the bytes in it would need new memory for each.
 */
export class UnpackingThread implements Unpacking {
  readonly #worker: Worker
  readonly #slots = Array.from({ length: slotCount }, () => new Uint8Array(new SharedArrayBuffer(slotBytes)))
  readonly #onClose: (isReusable: boolean) => void
  /** Slots that are ours, the one to be filled first. */
  readonly #free = this.#slots.map((_, slot) => slot)
  /** Bytes of the first free slot that are filled. */
  #filled = 0
  #unpacked: Unpacked | null = null
  #failure: Error | null = null
  #wake = (): void => undefined

  /** Told when a blob is done: whether the thread can take the next. */
  constructor(onClose: (isReusable: boolean) => void) {
    this.#onClose = onClose
    const workerData: ThreadData = { slots: this.#slots }
    this.#worker = startWorker(workerUrl(import.meta.url), workerData)
    this.#worker.on('message', (message: FromThread) => {
      this.#hear(message)
      this.#wake()
    })
    // Out of memory, for example. No blob is to blame.
    this.#worker.on('error', (cause) => {
      this.#fail(cause)
    })
    this.#worker.on('exit', () => {
      this.#fail(new Error('the thread that unpacks ended too early'))
    })
  }

  /** What follows is of this blob. The program does not end before the thread is closed. */
  begin(digest: Digest, limits: BombLimits, wanted: Wanted): void {
    this.#unpacked = null
    this.#worker.ref()
    this.#post({ begin: digest, limits, wanted })
  }

  async write(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      const slot = await this.#freeSlot()
      const taken = chunk.subarray(at, at + slotBytes - this.#filled)
      this.#slots[slot]?.set(taken, this.#filled)
      this.#filled += taken.length
      at += taken.length
      if (this.#filled === slotBytes) this.#send(slot)
    }
  }

  async end(): Promise<Unpacked> {
    if (this.#filled > 0) this.#send(await this.#freeSlot())
    this.#post('end')
    for (;;) {
      if (this.#unpacked !== null) return this.#unpacked
      await this.#news()
    }
  }

  close(): void {
    const isReusable = this.#unpacked !== null
    this.#worker.unref()
    if (!isReusable) this.stop()
    this.#onClose(isReusable)
  }

  stop(): void {
    void this.#worker.terminate()
  }

  async #freeSlot(): Promise<number> {
    for (;;) {
      const [slot] = this.#free
      if (slot !== undefined && this.#failure === null) return slot
      await this.#news()
    }
  }

  #send(slot: number): void {
    this.#free.shift()
    this.#post({ slot, bytes: this.#filled })
    this.#filled = 0
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message)
  }

  #hear(message: FromThread): void {
    if ('slot' in message) this.#free.push(message.slot)
    else if ('wrong' in message) this.#failure ??= new Error(message.wrong)
    else this.#unpacked = { ...message.unpacked, entries: asBuffer(message.unpacked.entries) }
  }

  #fail(cause: unknown): void {
    this.#failure ??= new NotTheLayer(cause)
    this.#wake()
  }

  /** @throws Error what went wrong */
  async #news(): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }
}

/** `node:worker_threads` is loaded with the first thread: where all layers are known it is not needed. */
function startWorker(url: URL, workerData: ThreadData): Worker {
  const { Worker } = process.getBuiltinModule('node:worker_threads')
  return new Worker(url, { workerData })
}

/** Beside this file, whether that is a source or the bundle. */
function workerUrl(url: string): URL {
  return new URL(`unpack-worker${url.slice(url.lastIndexOf('.'))}`, url)
}

/** What arrives from another thread has lost its class. */
function asBuffer(bytes: Uint8Array | null): Buffer | null {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
