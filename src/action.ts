/** Entry point of the action. */
import { main } from './run/action-step.ts'
import { keepYoungGenerationSmall } from './run/young-generation.ts'

keepYoungGenerationSmall()
await main()
