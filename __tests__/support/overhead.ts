/** What of a tar is no content of a file, as Python's tarfile tells it by its offsets. */
import { succeed } from './program.ts'

export interface Overhead {
  /** Bytes of headers, of PAX headers, GNU's long names and sparse maps among them. */
  readonly headers: number
  /** Behind payloads, up to whole blocks. */
  readonly padding: number
  /** Behind the last entry. */
  readonly trailer: number
  /** Payloads of whiteouts, which are no files; engines write them without. */
  readonly markers: number
  /** What sparse files have more when they are unpacked. */
  readonly holes: number
}

/** Only of archives that Python reads as engines do: see `peers.test.ts`. */
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

/** One for each tar. */
export async function overheadsOf(paths: readonly string[]): Promise<readonly Overhead[]> {
  const said = await succeed('python3', ['-c', program, ...paths])
  return said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Overhead)
}

/** By how much a tar with this overhead is longer than its files are when they are unpacked. */
export const addedBy = ({ headers, padding, trailer, markers, holes }: Overhead): number =>
  headers + padding + trailer + markers - holes
