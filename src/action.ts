/** Entry point of the action. */
import { main } from './run/action-step.ts'

await main()
