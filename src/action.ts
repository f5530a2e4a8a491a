/** Entry of the action: hands the real world to `main`. */
import { main } from './run/action-step.ts'

await main()
