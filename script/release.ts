// Makes what a release publishes, and refuses where tag, version and changelog do not agree:
//   node script/release.ts --tag v1.2.3 --repository OWNER/NAME --out FOLDER
// Reads the sources in the current folder. FOLDER gets notes.md and package/, the npm package as a folder.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { notesOf, packaged, publishedManifest, requireTag, type Manifest } from './lib/release.ts'

const { tag, repository, out } = parseArgs({
  options: { tag: { type: 'string' }, repository: { type: 'string' }, out: { type: 'string' } },
}).values
if (tag === undefined || repository === undefined || out === undefined)
  throw new Error('--tag, --repository and --out are needed')

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest
requireTag(tag, manifest.version)
const notes = notesOf(readFileSync('CHANGELOG.md', 'utf8'), manifest.version)
mkdirSync(join(out, 'package'), { recursive: true })
writeFileSync(join(out, 'notes.md'), notes)
writeFileSync(
  join(out, 'package', 'package.json'),
  `${JSON.stringify(publishedManifest(manifest, repository), null, 2)}\n`,
)
for (const path of packaged) cpSync(path, join(out, 'package', path), { recursive: true })
