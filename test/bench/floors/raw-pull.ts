/** Every message of the account off the socket, by the shortest way there is. */
import { connect, type Socket } from 'node:net'
import { accountFromArguments } from './account.ts'

/** `take` gets everything that the server says, as it comes. */
export async function pullAll(take: (chunk: Buffer) => void): Promise<void> {
  const { host, port, user, pass } = accountFromArguments()
  const socket = connect({ host, port })
  socket.on('data', take)
  let number = 0
  const command = async (text: string): Promise<string> => {
    const tag = `A${++number}`
    const answered = until(socket, `${tag} `)
    socket.write(`${tag} ${text}\r\n`)
    const answer = await answered
    if (!answer.includes(`${tag} OK`)) throw new Error(`${text.split(' ')[0]}: ${answer}`)
    return answer
  }
  await until(socket, '* OK')
  await command(`LOGIN ${user} ${pass}`)
  const listed = await command('LIST "" "*"')
  const names = [...listed.matchAll(/^\* LIST \(([^)]*)\) "[^"]*" (.*)\r$/gm)].filter(
    ([, flags]) => !/noselect/i.test(flags ?? ''),
  )
  for (const [, , name] of names) {
    const answer = await command(`EXAMINE ${name}`)
    if (!/^\* 0 EXISTS/m.test(answer)) await command('UID FETCH 1:* (BODY.PEEK[])')
  }
  socket.end()
}

/** Resolves with what was said, or its end where it is long, once a line begins with `mark`. */
function until(socket: Socket, mark: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let tail = ''
    const take = (chunk: Buffer) => {
      tail = (tail + chunk.subarray(-8192).toString('latin1')).slice(-8192)
      const lastLine = tail.slice(tail.lastIndexOf('\n', tail.length - 2) + 1)
      if (!lastLine.startsWith(mark) || !lastLine.endsWith('\n')) return
      socket.off('data', take)
      resolve(tail)
    }
    socket.on('data', take)
    socket.once('error', reject)
  })
}
