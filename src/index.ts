/** Entry of the action: hands the real world to `main`. */
import { main } from './main.ts'

await main()
