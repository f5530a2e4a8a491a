/** Short questions to the docker client whose whole answer is wanted. */
import { currentFolder } from '../files.ts'
import { clientEnvironment } from '../inputs/child-environment.ts'

/** Standard output of `docker ARGS…`; null where it failed, since each question has a fall-back. */
export async function askClient(
  args: readonly string[],
  env: ReadonlyMap<string, string> = new Map(),
  input: Buffer | null = null,
): Promise<string | null> {
  try {
    // Loaded with the first question, as what starts programs is (programs.ts).
    const { getExecOutput } = await import('@actions/exec')
    const { exitCode, stdout } = await getExecOutput('docker', [...args], {
      silent: true,
      ignoreReturnCode: true,
      // It asks for the current folder itself otherwise, and throws where that is gone.
      cwd: currentFolder(),
      env: clientEnvironment(process.env, env),
      ...(input ? { input } : {}),
    })
    return exitCode === 0 ? stdout : null
  } catch {
    return null
  }
}
