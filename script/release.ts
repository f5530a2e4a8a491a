// Prints the notes of a release, and refuses if tag, version and changelog do not agree:
//   node script/release.ts v1.2.3
// Reads package.json and CHANGELOG.md in the current folder.
import { readFileSync } from 'node:fs'
import { notesOf, requireTag } from './lib/release.ts'

const [tag = ''] = process.argv.slice(2)
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
requireTag(tag, version)
process.stdout.write(notesOf(readFileSync('CHANGELOG.md', 'utf8'), version))
