/** What Python's hashlib, zlib and tarfile report about the blobs of layers, independently of our code. */
import { succeed } from './program.ts'

const program = `
import gzip, hashlib, io, json, sys, tarfile
for path in sys.argv[1:]:
    blob = open(path, 'rb').read()
    tar = gzip.decompress(blob) if blob[:2] == b'\\x1f\\x8b' else blob
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        members = archive.getmembers()
    print(json.dumps({
        'blob': {name: name + ':' + hashlib.new(name, blob).hexdigest() for name in ('sha256', 'sha512')},
        'tar': {name: name + ':' + hashlib.new(name, tar).hexdigest() for name in ('sha256', 'sha512')},
        'bytes': len(blob),
        'tarBytes': len(tar),
        'fileBytes': sum(member.size for member in members if member.isreg()),
        'entries': len(members),
    }))
`

export interface PythonLayer {
  readonly blob: Readonly<Record<'sha256' | 'sha512', string>>
  readonly tar: Readonly<Record<'sha256' | 'sha512', string>>
  /** The figures of the stored blob, and of its tar. */
  readonly bytes: number
  readonly tarBytes: number
  readonly fileBytes: number
  readonly entries: number
}

/** @param paths blobs, uncompressed or in gzip; the result has one entry for each */
export async function asPythonSays(paths: readonly string[]): Promise<readonly PythonLayer[]> {
  if (paths.length === 0) return []
  const said = await succeed('python3', ['-c', program, ...paths])
  return said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as PythonLayer)
}
