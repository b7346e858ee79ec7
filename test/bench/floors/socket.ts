/** Floor: every message of the account off the socket, and nothing else. Prints how many octets came. */
import { pullAll } from './raw-pull.ts'

let octets = 0
await pullAll((chunk) => {
  octets += chunk.length
})
console.log(octets)
