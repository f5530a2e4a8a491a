/** `spawn` of `node:child_process`, which is loaded with the first program: it brings all of Node's sockets along. */
import type { spawn as nodeSpawn } from 'node:child_process'

export const spawn = ((...call: Parameters<typeof nodeSpawn>) =>
  process.getBuiltinModule('node:child_process').spawn(...call)) as typeof nodeSpawn
