/** The docker client that started this program as its plugin. */
import { connect } from 'node:net'
import type { Environment } from '../inputs/inputs.ts'

/**
 * Calls `onGone` when the docker client wants its plugin to stop. The client then closes the socket that it named,
 * because a signal that only `docker` receives does not reach the plugin (github.com/docker/cli, "cli-plugins/socket").
 */
export function stopWithDockerClient(env: Environment, onGone: () => void): void {
  const address = env['DOCKER_CLI_PLUGIN_SOCKET'] ?? ''
  if (address === '') return
  // Go writes the names of abstract sockets with `@`.
  const socket = connect(address.replace(/^@/, '\0'))
  let isConnected = false
  socket.on('connect', () => (isConnected = true))
  socket.on('close', () => {
    if (isConnected) onGone()
  })
  // An older client has no such socket.
  socket.on('error', () => undefined)
  socket.resume()
  socket.unref()
}
