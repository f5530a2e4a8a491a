/** The code that runs in the thread of `UnpackingThread`. */
import { parentPort, workerData } from 'node:worker_threads'
import { messageOf } from '../errors.ts'
import { NotALayerFault } from './not-a-layer-fault.ts'
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts'
import { Unpacker } from './unpacker.ts'

const chunks = (workerData as ThreadData).slots.map(({ buffer }) => Buffer.from(buffer))
let unpacker: Unpacker | null = null

parentPort?.on('message', (message: ToThread) => {
  try {
    const answer = answerTo(message)
    if (answer !== null) parentPort?.postMessage(answer)
  } catch (error) {
    if (error instanceof NotALayerFault) throw error
    parentPort?.postMessage({ wrong: messageOf(error) } satisfies FromThread)
  }
})

function answerTo(message: ToThread): FromThread | null {
  if (message === 'end') {
    const unpacked = unpacker?.end()
    unpacker?.close()
    return unpacked ? { unpacked } : null
  }
  if ('begin' in message) {
    unpacker = new Unpacker(message.begin, message.limits, message.wanted)
    return null
  }
  const chunk = chunks[message.slot]
  if (chunk) unpacker?.write(chunk.subarray(0, message.bytes))
  return { slot: message.slot }
}
