/** Only decompresses these files with Node's own gunzip, two at a time, as a comparison for reading layers. */
import { createReadStream } from 'node:fs'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'

const files = process.argv.slice(2).values()
const nothing = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() })
const some = async (): Promise<void> => {
  for (const file of files)
    await pipeline(
      createReadStream(file, { highWaterMark: 1 << 20 }),
      createGunzip({ chunkSize: 256 * 1024 }),
      nothing(),
    )
}
await Promise.all([some(), some()])
