import type { Worker } from 'node:worker_threads'
import type { Digest } from '../oci/digest.ts'
import { NotALayerFault } from './not-a-layer-fault.ts'
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts'
import type { BombLimits, Unpacked, Unpacking, Wanted } from './unpacker.ts'

/** Several slots, so that some can be filled while the thread unpacks another. */
const slotCount = 4
const slotBytes = 256 * 1024

/**
 * A thread that unpacks one blob after another, while this thread reads and hashes the next bytes. The bytes are passed
 * through shared memory, because a message with the bytes in it would need new memory each time.
 */
export class UnpackingThread implements Unpacking {
  readonly #worker: Worker
  readonly #slots = Array.from({ length: slotCount }, () => new Uint8Array(new SharedArrayBuffer(slotBytes)))
  readonly #onClose: (isReusable: boolean) => void
  /** Slots that this side may use. The first one is filled next. */
  readonly #free = this.#slots.map((_, slot) => slot)
  /** Number of bytes in the first free slot. */
  #filled = 0
  #unpacked: Unpacked | null = null
  #failure: Error | null = null
  #wake = (): void => undefined

  /** @param onClose called at the end of a blob, with whether the thread can take another one */
  constructor(onClose: (isReusable: boolean) => void) {
    this.#onClose = onClose
    const workerData: ThreadData = { slots: this.#slots }
    this.#worker = startWorker(workerUrl(import.meta.url), workerData)
    this.#worker.on('message', (message: FromThread) => {
      this.#hear(message)
      this.#wake()
    })
    // For example, the thread is out of memory. That is not the fault of a blob.
    this.#worker.on('error', (cause) => {
      this.#fail(cause)
    })
    this.#worker.on('exit', () => {
      this.#fail(new Error('the thread that unpacks ended too early'))
    })
  }

  /** Begins a blob. The program does not end before `close` is called. */
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
    this.#failure ??= new NotALayerFault(cause)
    this.#wake()
  }

  /**
   * Waits for a message from the thread.
   *
   * @throws Error that the thread reported
   */
  async #news(): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }
}

/** Loads `node:worker_threads` with the first thread. If all layers are already known, it is not needed. */
function startWorker(url: URL, workerData: ThreadData): Worker {
  const { Worker } = process.getBuiltinModule('node:worker_threads')
  return new Worker(url, { workerData })
}

/** The worker is beside this file, both as source and in the bundle. */
function workerUrl(url: string): URL {
  return new URL(`unpack-worker${url.slice(url.lastIndexOf('.'))}`, url)
}

/** A Buffer arrives from another thread as a plain Uint8Array. */
function asBuffer(bytes: Uint8Array | null): Buffer | null {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
