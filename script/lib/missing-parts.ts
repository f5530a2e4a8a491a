/** Prints what this machine lacks of what tests need, one line each. */
import { missing, rig, type Part } from '../../__tests__/support/parts.ts'

for (const part of Object.keys(rig) as Part[]) if (rig[part] === '') process.stdout.write(`${missing[part]}\n`)
