/** Host, port, user and password of the account to read, from the command line of a floor. */
export interface BenchAccount {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly pass: string
}

export function accountFromArguments(): BenchAccount {
  const [host = '', port = '', user = '', pass = ''] = process.argv.slice(2)
  return { host, port: Number(port), user, pass }
}
