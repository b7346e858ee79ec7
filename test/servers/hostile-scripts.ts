/** What a hostile or broken IMAP server may send: one script each, for `startHostileServer`. */
import { createDeflateRaw } from 'node:zlib'
import {
  before,
  block,
  bye,
  drip,
  examineWith,
  flood,
  forever,
  garbage,
  inbox,
  isBody,
  listed,
  listedMessage,
  listFlood,
  literalName,
  manyRanges,
  noise,
  ofSize,
  ok,
  on,
  onBody,
  onListing,
  quick,
  silence,
  sinceFirstRun,
  startTls,
} from './hostile-answers.ts'
import { benignFolders, defaultCapabilities, fetchAnswer, message, type Script } from './hostile-imap.ts'

/** Literals of sizes that cannot be, or that nobody could keep. */
export const literals: Readonly<Record<string, Script>> = {
  'a body of {400000000} octets': onBody(ofSize('400000000')),
  'a body of {9999999999} octets': onBody(ofSize('9999999999')),
  'a body of {-1} octets': onBody(ofSize('-1')),
  'a body of {99999999999999999999} octets': onBody(ofSize('99999999999999999999')),
  'a folder name of {9999999999} octets': on(/^LIST$/, (_, wire) => {
    wire.send('* LIST () "/" {9999999999}\r\n')
    return wire.pump(forever(block))
  }),
  'a capability of {400000000} octets': {
    greeting: (wire) => {
      wire.send('* OK [CAPABILITY {400000000}\r\n')
      return wire.pump(forever(block))
    },
  },
  'a literal in each of a million flags': onListing((_, wire) => {
    wire.send('* 1 FETCH (UID 1 FLAGS (')
    return wire.pump(forever('{1}\r\nx '.repeat(1_000)))
  }),
  'a body whose parts have no end': {
    folders: inbox({ messages: [message(1, block.repeat(80))] }),
    ...onBody(({ tag, args }, wire, serve) => {
      const offset = /<(\d+)\.\d+>/.exec(args)?.[1]
      if (offset === undefined) return serve()
      wire.send(`* 1 FETCH (UID 1 BODY[]<${offset}> {1048576}\r\n`, block.repeat(16), `)\r\n${tag} OK done\r\n`)
    }),
  },
}

/** Lines without an end, structure without an end. */
export const endless: Readonly<Record<string, Script>> = {
  'a greeting without end': { greeting: (wire) => wire.pump(forever(block)) },
  'a sign-in answer without end': on(/^(LOGIN|AUTHENTICATE)$/, (_, wire) => wire.pump(forever(block))),
  'a LIST line without end': on(/^LIST$/, (_, wire) => {
    wire.send('* LIST () "/" "')
    return wire.pump(forever(block))
  }),
  'a FETCH line without end': onListing((_, wire) => {
    wire.send('* 1 FETCH (UID 1 FLAGS (')
    return wire.pump(forever('flag '.repeat(10_000)))
  }),
  'a body line without end where a body was announced as a string': onBody((_, wire) => {
    wire.send('* 1 FETCH (UID 1 BODY[] "')
    return wire.pump(forever(block))
  }),
  'brackets without end': onListing((_, wire) => {
    wire.send('* 1 FETCH ')
    return wire.pump(forever('('.repeat(10_000)))
  }),
  'a hundred thousand nested brackets': onListing((_, wire, serve) => {
    wire.send(`* 1 FETCH ${'('.repeat(100_000)}UID 1${')'.repeat(100_000)}\r\n`)
    return serve()
  }),
  'lines that mean nothing, without end': on(
    /^LIST$/,
    flood(() => '* OK still here\r\n'),
  ),
}

/** A few octets that unpack to a line without end. */
export const compressed: Script = {
  capabilities: `${defaultCapabilities} COMPRESS=DEFLATE`,
  ...on(/^COMPRESS$/, (command, wire) => {
    ok(command, wire)
    const deflate = createDeflateRaw({ level: 9 })
    deflate.on('data', (chunk: Buffer) => wire.send(chunk))
    let rounds = 0
    const more = () => {
      if (wire.isOver || rounds++ > 4_000) return
      deflate.write(Buffer.alloc(1_048_576, 0x20))
      deflate.flush(() => setImmediate(more))
    }
    more()
  }),
}

/** Answers about messages nobody asked for. */
export const strangeMessages: Readonly<Record<string, Script>> = {
  'a body for a UID that was not asked for': onBody((_, wire, serve) => {
    wire.send(fetchAnswer(9, message(4_000_000_000, 'never asked for'), 'BODY.PEEK[]'))
    return serve()
  }),
  'only bodies of UIDs that were not asked for': onBody((command, wire) => {
    wire.send(fetchAnswer(1, message(777, 'wrong'), 'BODY.PEEK[]'))
    ok(command, wire)
  }),
  'a body without a UID': onBody((command, wire) => {
    wire.send('* 1 FETCH (BODY[] {5}\r\nhello)\r\n')
    ok(command, wire)
  }),
  'bodies that are NIL': onBody((command, wire) => {
    for (const uid of [1, 2, 3, 5, 8]) wire.send(`* ${uid} FETCH (UID ${uid} BODY[] NIL)\r\n`)
    ok(command, wire)
  }),
  'UIDs that are none': onListing((_, wire, serve) => {
    for (const uid of ['0', '-5', '4294967296', '99999999999999999999', 'x', 'NIL', '()', '1.5']) {
      wire.send(`* 1 FETCH (UID ${uid} FLAGS () INTERNALDATE "17-Jul-2025 02:44:25 +0200" RFC822.SIZE 10)\r\n`)
    }
    return serve()
  }),
  'sizes that are none': onListing(async (_, wire, serve) => {
    await serve()
    for (const size of ['-1', '99999999999999999999', 'NIL']) wire.send(`* 1 FETCH (UID 1 FLAGS () RFC822.SIZE ${size})\r\n`)
  }),
  'dates that are none': {
    folders: inbox({
      messages: ['"99-Foo-9999 99:99:99 +9999"', 'NIL', '""', '"17-Jul-275761 00:00:00 +0000"', '"-1"'].map(
        (internalDate, n) => ({
          ...message(n + 1),
          internalDate,
        }),
      ),
    }),
  },
  'a hundred thousand flags on one message': {
    folders: inbox({ messages: [{ ...message(1), flags: Array.from({ length: 100_000 }, (_, n) => `keyword${n}`) }] }),
  },
  'a flag of a megabyte': { folders: inbox({ messages: [{ ...message(1), flags: ['k'.repeat(1_000_000)] }] }) },
  'flags that are none': onListing((_, wire, serve) => {
    wire.send('* 1 FETCH (UID 1 FLAGS NIL)\r\n* 2 FETCH (UID 2 FLAGS "x")\r\n* 3 FETCH (UID 3 FLAGS (("a") {3}\r\na\nb))\r\n')
    return serve()
  }),
}

/** Two answers for one message, of which at most one can be true. */
export const contradictions: Readonly<Record<string, Script>> = {
  'the same UID twice with different bytes': onBody(async (_, wire, serve) => {
    await serve()
    wire.send(fetchAnswer(1, message(1, 'another body'), 'BODY.PEEK[]'))
  }),
  'the same UID twice before the end': onBody((_, wire, serve) => {
    wire.send(fetchAnswer(1, message(1, 'another body'), 'BODY.PEEK[]'))
    return serve()
  }),
}

export const twoLies: Script = onBody((command, wire, serve) => {
  if (wire.folder?.name !== '"INBOX"') return serve()
  for (const [n, uid] of [1, 2, 3, 5, 8].entries()) {
    const bodies = uid === 1 ? ['a lie', 'another lie'] : [undefined]
    for (const body of bodies) wire.send(fetchAnswer(n + 1, message(uid, body), 'BODY.PEEK[]'))
  }
  ok(command, wire)
})

/** Counts and validity values that cannot be. */
export const strangeCounts: Readonly<Record<string, Script>> = {
  'a STATUS with numbers that are none': on(/^(LIST|STATUS)$/, (_, wire, serve) => {
    for (const n of ['-1', '4294967296', '99999999999999999999', 'NIL', 'x']) {
      wire.send(`* STATUS "INBOX" (MESSAGES ${n} UIDNEXT ${n} UIDVALIDITY ${n} UNSEEN ${n})\r\n`)
    }
    return serve()
  }),
  'a negative number of messages': on(
    /^(EXAMINE|SELECT)$/,
    examineWith('* -5 EXISTS\r\n* OK [UIDVALIDITY 1700000001] v\r\n* OK [UIDNEXT 9] n\r\n'),
  ),
  'four thousand million messages that are not there': on(
    /^(EXAMINE|SELECT)$/,
    examineWith('* 4294967295 EXISTS\r\n* OK [UIDVALIDITY 1700000001] v\r\n* OK [UIDNEXT 4294967295] n\r\n'),
  ),
  'no UIDVALIDITY': on(/^(EXAMINE|SELECT)$/, examineWith('* 5 EXISTS\r\n* OK [UIDNEXT 9] n\r\n')),
  'a UIDVALIDITY of 0': { folders: inbox({ uidValidity: 0 }) },
  'a UIDVALIDITY that differs between STATUS and EXAMINE': on(
    /^(EXAMINE|SELECT)$/,
    examineWith('* 5 EXISTS\r\n* OK [UIDVALIDITY 42] v\r\n* OK [UIDNEXT 9] n\r\n'),
  ),
  'search results that are none': on(/SEARCH/, (_, wire, serve) => {
    wire.send('* SEARCH 0 -1 4294967296 99999999999999999999 x NIL 7\r\n')
    return serve()
  }),
  'a search result for every number there is': {
    capabilities: `${defaultCapabilities} ESEARCH`,
    ...on(/SEARCH/, (command, wire) => {
      wire.send(`* ESEARCH (TAG "${command.tag}") UID ALL 1:4294967295\r\n`)
      ok(command, wire)
    }),
  },
  'a million search results': on(/SEARCH/, async (command, wire) => {
    wire.send('* SEARCH')
    let n = 0
    await wire.pump(() => (n >= 1_000_000 ? null : ` ${Array.from({ length: 10_000 }, () => ++n).join(' ')}`))
    wire.send('\r\n')
    ok(command, wire)
  }),
}

/** Answers to a second run, which goes on from the cursor of the first. */
export const strangeHistory: Readonly<Record<string, Script>> = {
  'every UID there is has vanished': sinceFirstRun('* VANISHED (EARLIER) 1:4294967295\r\n'),
  'a list of many ranges has vanished': sinceFirstRun(`* VANISHED (EARLIER) ${manyRanges(4_000)}\r\n`),
  'a list of too many ranges has vanished': sinceFirstRun(`* VANISHED (EARLIER) ${manyRanges(100_000)}\r\n`),
  'what vanished is told without end': {
    capabilities: quick,
    answer: (command, wire, serve) => {
      if (/^(EXAMINE|SELECT)$/.test(command.name)) wire.send('* OK [HIGHESTMODSEQ 50] m\r\n')
      if (!/CHANGEDSINCE/.test(command.args)) return serve()
      return flood((n) => `* VANISHED (EARLIER) ${n + 1}:${n + 5}\r\n`)(command, wire, serve)
    },
  },
  'what vanished is no list of numbers': sinceFirstRun(
    '* VANISHED (EARLIER) 0:-1,x,*,99999999999999999999\r\n* VANISHED\r\n* VANISHED NIL\r\n',
  ),
  'every message has changed, without end': {
    capabilities: quick,
    answer: (command, wire, serve) => {
      if (/^(EXAMINE|SELECT)$/.test(command.name)) wire.send('* OK [HIGHESTMODSEQ 50] m\r\n')
      return /CHANGEDSINCE/.test(command.args) ? flood(listedMessage)(command, wire, serve) : serve()
    },
  },
  'a modification number that goes backwards and beyond 63 bits': {
    capabilities: quick,
    answer: (command, wire, serve) => {
      for (const n of ['99999999999999999999999', '-1', 'NIL']) {
        if (/^(EXAMINE|SELECT)$/.test(command.name)) wire.send(`* OK [HIGHESTMODSEQ ${n}] m\r\n`)
      }
      return serve()
    },
  },
}

/** Names that would do harm if anyone took them as a path or a command. */
export const strangeNames: Readonly<Record<string, Script>> = {
  'names with line breaks': listed(literalName('a\r\nA1 LOGOUT'), literalName('b\nc'), literalName('\r')),
  'names with NUL and control characters': listed(
    literalName('a\0b'),
    literalName('\u0001\u0002\u007f\u001b[2J'),
    '"&AAA-"',
    '"&AAAAAQAC-"',
  ),
  'names that climb': listed(
    '".."',
    '"../../../etc/passwd"',
    '"a/../../b"',
    '"."',
    '"/"',
    '"//"',
    '"/etc"',
    '"a//b"',
    '"C:\\\\Windows"',
  ),
  'names in broken modified UTF-7': listed('"&"', '"&-&"', '"&AA"', '"&2D3cAA-"', '"&3QA-"', '"&####-"', '"&AGE-"'),
  'names in raw 8-bit bytes': listed('"\xff\xfe\xfd"', literalName('\xc3\x28'), '"\xe6\xbc\xa2"'),
  'empty names': listed('""', literalName(''), 'NIL'),
  'the same name many times': listed(...Array.from({ length: 500 }, () => '"Twice"'), '"inbox"', '"INBOX"'),
  'a name of a megabyte': listed(`"${'n'.repeat(1_000_000)}"`),
  'ten thousand levels': listed(`"${Array.from({ length: 10_000 }, (_, n) => n % 10).join('/')}"`),
  'ten thousand empty levels': listed(`"${'/'.repeat(10_000)}"`),
  'delimiters that are none': on(
    /^LIST$/,
    before(
      '* LIST () "" "x"\r\n* LIST () "ab" "xaby"\r\n* LIST () 5 "z"\r\n* LIST () NIL "q"\r\n* LIST NIL NIL NIL\r\n* LIST\r\n',
    ),
  ),
  'names from nowhere for an answer that was not asked for': onBody(
    before('* LIST () "/" "Evil"\r\n* STATUS "Evil" (MESSAGES 5)\r\n'),
  ),
}

/** Folders of every harmful name, each of which can be opened and holds a message. */
export const harmfulFolders: Script = {
  folders: [
    ...benignFolders,
    ...[
      ...[
        '..',
        '.',
        '../../../etc/passwd',
        'a/../../b',
        '/etc',
        'C:\\\\Windows',
        'CON',
        'aux.txt',
        'x.',
        'x ',
        'a:b',
        '\\"quoted\\"',
      ],
      ...['Journal', 'data', 'bagit.txt', 'Inbox.mbox', '&AAoADQ-', '&AAA-', '~', '-rf', '$(id)', '&-&AGE-'],
      Array.from({ length: 300 }, () => 'deep').join('/'),
      'long'.repeat(200),
    ].map((name, n) => ({ name: `"${name}"`, uidValidity: 100 + n, messages: [message(1, `In folder ${n}.\r\n`)] })),
  ],
}

/** Lists that are too long. */
export const folderFloods: Readonly<Record<string, Script>> = {
  'a million folders': listFlood(1_000_000),
  'folders without end': listFlood(Number.POSITIVE_INFINITY),
}

/** A server that stops answering at some point. */
export const silent: Readonly<Record<string, Script>> = {
  'no greeting': { greeting: () => {} },
  'no answer to the sign-in': on(/^(LOGIN|AUTHENTICATE)$/, silence),
  'no answer to LIST': on(/^LIST$/, silence),
  'no answer to EXAMINE': on(/^(EXAMINE|SELECT)$/, silence),
  'no answer to the listing of messages': onListing(silence),
  'no answer to the request for a body': onBody(silence),
  'no end of a body': onBody((_, wire) => wire.send('* 1 FETCH (UID 1 BODY[] {5000}\r\nshort')),
  'a body that is announced longer than it comes': onBody((command, wire) => {
    wire.send(`* 1 FETCH (UID 1 BODY[] {5000}\r\nshort)\r\n${command.tag} OK done\r\n`)
  }),
  'a body that is cut by the end of the connection': onBody((_, wire) => {
    wire.send('* 1 FETCH (UID 1 BODY[] {5000}\r\nshort')
    wire.end()
  }),
  'no TLS after STARTTLS': startTls((command, wire) => {
    ok(command, wire)
    wire.ignore()
  }),
}

/** One byte a second. */
export const slow: Readonly<Record<string, Script>> = {
  'a greeting at a byte a second': { greeting: drip('* OK [CAPABILITY IMAP4rev1] this takes a while, please be patient ') },
  'a LIST at a byte a second': on(/^LIST$/, (_, wire) => drip('* LIST () "/" "a folder with a long name"\r\n')(wire)),
  'a body at a byte a second': onBody((_, wire, serve) => {
    if (wire.folder?.name !== '"INBOX"') return serve()
    wire.send('* 1 FETCH (UID 1 BODY[] {5000}\r\n')
    return drip('body ')(wire)
  }),
}

const examineHuge = examineWith('* 4294967295 EXISTS\r\n* OK [UIDVALIDITY 1700000001] v\r\n* OK [UIDNEXT 4294967295] n\r\n')
export const floods: Readonly<Record<string, Script>> = {
  'FETCH of as many messages as were announced, which is four thousand million': {
    answer: (command, wire, serve) => {
      if (/^(EXAMINE|SELECT)$/.test(command.name)) return examineHuge(command, wire, serve)
      return /FETCH/.test(command.name) && !isBody(command) ? flood(listedMessage)(command, wire, serve) : serve()
    },
  },
  'the same where the numbers of messages are refused': {
    answer: (command, wire, serve) => {
      if (/^(EXAMINE|SELECT)$/.test(command.name)) return examineHuge(command, wire, serve)
      if (command.name === 'FETCH') return wire.send(`${command.tag} NO not by number\r\n`)
      return command.name === 'UID FETCH' && !isBody(command) ? flood(listedMessage)(command, wire, serve) : serve()
    },
  },
  'EXPUNGE without end': onListing(flood(() => '* 1 EXPUNGE\r\n')),
  'EXISTS without end': onListing(flood((n) => `* ${n % 4_000_000_000} EXISTS\r\n`)),
  'FETCH of flags without end': onListing(flood((n) => `* ${(n % 5) + 1} FETCH (FLAGS (\\Seen))\r\n`)),
  'FETCH of new UIDs without end': onListing(flood(listedMessage)),
  'FETCH of unknown bodies without end': onBody(flood((n) => `* 1 FETCH (UID ${n + 1_000} BODY[] {3}\r\nabc)\r\n`)),
}

export const broken: Readonly<Record<string, Script>> = {
  'garbage for a greeting': { greeting: (wire) => wire.pump(forever(noise(4_096).toString('latin1'))) },
  'garbage for an answer to the sign-in': on(/^(LOGIN|AUTHENTICATE)$/, garbage),
  'garbage for LIST': on(/^LIST$/, garbage),
  'garbage for the listing of messages': onListing(garbage),
  'garbage for a body': onBody(garbage),
  'a web server': { greeting: 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n' },
  'another mail server': { greeting: '220 mail.example.org ESMTP\r\n' },
  'answers with tags that were never given': on(/^LIST$/, (_, wire) => wire.send('Z99 OK done\r\n')),
  'a tagged answer before its command': onListing((command, wire, serve) => {
    wire.send(`${command.tag}1 OK early\r\n${command.tag}2 OK early\r\n`)
    return serve()
  }),
  'BAD for everything': { answer: (command, wire) => wire.send(`${command.tag} BAD no\r\n`) },
  'NO for everything after the sign-in': {
    answer: (command, wire, serve) =>
      /^(CAPABILITY|LOGIN|AUTHENTICATE)$/.test(command.name) ? serve() : wire.send(`${command.tag} NO not today\r\n`),
  },
}

export const goodbyes: Readonly<Record<string, Script>> = {
  'BYE as a greeting': {
    greeting: (wire) => {
      wire.send('* BYE too busy\r\n')
      wire.end()
    },
  },
  'the end of the connection as a greeting': { greeting: (wire) => wire.end() },
  'BYE at the sign-in': on(/^(LOGIN|AUTHENTICATE)$/, bye),
  'BYE at LIST': on(/^LIST$/, bye),
  'BYE at EXAMINE': on(/^(EXAMINE|SELECT)$/, bye),
  'BYE at the listing of messages': onListing(bye),
  'BYE at a body': onBody(bye),
}

/** Attempts to get at the password or to pass off unencrypted answers as encrypted ones. */
export const encryption: Readonly<Record<string, Script>> = {
  'answers glued to the OK of STARTTLS': startTls((command, wire) => {
    wire.send(`${command.tag} OK begin TLS\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nA9 OK signed in\r\n`)
    wire.upgrade()
  }),
  'PREAUTH where STARTTLS is asked for': { security: 'starttls', greeting: '* PREAUTH [CAPABILITY IMAP4rev1] welcome back\r\n' },
  'STARTTLS is not offered': { security: 'none' },
  'STARTTLS is refused': startTls((command, wire) => wire.send(`${command.tag} NO not now\r\n`)),
  'STARTTLS is answered with BAD': startTls((command, wire) => wire.send(`${command.tag} BAD what?\r\n`)),
  'garbage instead of TLS': startTls((command, wire) => {
    ok(command, wire)
    wire.ignore()
    wire.send(noise(4_096))
  }),
}

/** The server repeats the password in its refusal. */
export const echo: Script = on(/^(LOGIN|AUTHENTICATE)$/, (command, wire) => {
  const plain = Buffer.from(command.args.replace(/^PLAIN /i, ''), 'base64')
    .toString('latin1')
    .replaceAll('\0', ' ')
  wire.send(`${command.tag} NO [AUTHENTICATIONFAILED] Cannot sign in with ${command.name === 'LOGIN' ? command.args : plain}\r\n`)
})

/** An honest server with a mailbox of an ordinary size: the measure of a normal run. */
export const ordinary: Script = {
  folders: inbox({
    messages: Array.from({ length: 5_000 }, (_, n) => message(n + 1, 'An ordinary line of an ordinary message.\r\n'.repeat(50))),
  }),
}
