/** The parts of a tar that are not contents of files, found with the offsets of Python's tarfile. */
import { succeed } from './program.ts'

export interface Overhead {
  /** Bytes of headers, including PAX headers, GNU long names and sparse maps. */
  readonly headers: number
  /** Padding behind payloads, up to whole blocks. */
  readonly padding: number
  /** Bytes behind the last entry. */
  readonly trailer: number
  /** Payloads of whiteouts, which are not files; engines write whiteouts without payload. */
  readonly markers: number
  /** The bytes that sparse files gain when they are unpacked. */
  readonly holes: number
}

/** Only for archives that Python reads as engines do: see `peers.test.ts`. */
const program = `
import json, os, posixpath, re, sys, tarfile
for path in sys.argv[1:]:
    headers = padding = markers = holes = end = 0
    with tarfile.open(path, 'r:') as archive:
        for member in archive:
            # A global header stands before the offset of the entry that it is first told with.
            headers += member.offset_data - end
            stored = member.size if member.isreg() else 0
            if member.sparse is not None:
                stored = sum(size for _, size in member.sparse)
                holes += member.size - stored
            name = posixpath.basename(posixpath.normpath('/' + member.name))
            if member.isreg() and re.match(r'\\.wh\\.(?!\\.wh\\.(?!\\.opq$))', name):
                markers += member.size
            pad = -stored % 512
            padding += pad
            end = member.offset_data + stored + pad
    print(json.dumps({'headers': headers, 'padding': padding, 'markers': markers, 'trailer': os.path.getsize(path) - end, 'holes': holes}))
`

/** Returns one result for each tar. */
export async function overheadsOf(paths: readonly string[]): Promise<readonly Overhead[]> {
  const said = await succeed('python3', ['-c', program, ...paths])
  return said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Overhead)
}

/** Returns by how many bytes a tar with this overhead is longer than its unpacked files. */
export const addedBy = ({ headers, padding, trailer, markers, holes }: Overhead): number =>
  headers + padding + trailer + markers - holes
