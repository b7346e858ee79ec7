import { describe, expect, it } from 'vitest'
import { presets } from '../../../src/providers/imap/preset-table.ts'
import { presetFor, presetForHost, presetForMx, userFor } from '../../../src/providers/imap/presets.ts'

describe('the table of providers', () => {
  it.each([
    ['anna@icloud.com', 'icloud', 'imap.mail.me.com', 993, 'tls'],
    ['anna@me.com', 'icloud', 'imap.mail.me.com', 993, 'tls'],
    ['anna@mac.com', 'icloud', 'imap.mail.me.com', 993, 'tls'],
    ['anna@gmail.com', 'gmail', 'imap.gmail.com', 993, 'tls'],
    ['anna@googlemail.com', 'gmail', 'imap.gmail.com', 993, 'tls'],
    ['anna@fastmail.fm', 'fastmail', 'imap.fastmail.com', 993, 'tls'],
    ['anna@yahoo.com', 'yahoo', 'export.imap.mail.yahoo.com', 993, 'tls'],
    ['anna@yahoo.co.uk', 'yahoo', 'export.imap.mail.yahoo.com', 993, 'tls'],
    ['anna@aol.de', 'aol', 'export.imap.aol.com', 993, 'tls'],
    ['anna@gmx.de', 'gmx', 'imap.gmx.net', 993, 'tls'],
    ['anna@gmx.com', 'gmx-com', 'imap.gmx.com', 993, 'tls'],
    ['anna@gmx.co.uk', 'gmx-com', 'imap.gmx.com', 993, 'tls'],
    ['anna@web.de', 'web.de', 'imap.web.de', 993, 'tls'],
    ['anna@zoho.com', 'zoho', 'imap.zoho.com', 993, 'tls'],
    ['anna@zohomail.eu', 'zoho-eu', 'imap.zoho.eu', 993, 'tls'],
    ['anna@proton.me', 'proton', '127.0.0.1', 1143, 'starttls'],
    ['anna@mailbox.org', 'mailbox.org', 'imap.mailbox.org', 993, 'tls'],
    ['anna@posteo.ch', 'posteo', 'posteo.de', 993, 'tls'],
    ['anna@t-online.de', 't-online', 'secureimap.t-online.de', 993, 'tls'],
  ])('knows the server of %s', (address, id, host, port, security) => {
    expect(presetFor(address)).toMatchObject({ id, host, port, security })
  })

  it.each(['anna@outlook.com', 'anna@hotmail.co.uk', 'anna@live.de', 'anna@msn.com'])(
    'says that %s needs Microsoft sign-in',
    (address) => {
      const preset = presetFor(address)
      expect(preset?.unsupported).toContain('Microsoft sign-in')
    },
  )

  it('is used by a short name as well', () => {
    expect(presetFor('icloud')?.host).toBe('imap.mail.me.com')
    expect(presetFor(' Fastmail ')?.host).toBe('imap.fastmail.com')
    expect(presetFor('nobody')).toBeNull()
  })

  it('takes no notice of capitals, spaces or a final dot', () => {
    expect(presetFor('Anna@GMAIL.com. ')?.id).toBe('gmail')
  })

  it('does not take other domains for a provider it knows', () => {
    for (const address of [
      'a@notgmail.com',
      'a@gmail.com.evil.example',
      'a@yahoo.co.jp',
      'a@yahoo.evil.com',
      'a@gmx',
      'a@',
      '@',
      'a@..',
    ]) {
      expect(presetFor(address), address).toBeNull()
    }
  })

  it('gives each provider a name, steps or a reason, and an https help page', () => {
    for (const preset of presets) {
      expect(preset.steps.length > 0 || preset.unsupported !== undefined, preset.id).toBe(true)
      expect(preset.unsupported !== undefined || preset.host !== '', preset.id).toBe(true)
      expect(new URL(preset.helpUrl).protocol).toBe('https:')
      expect(preset.security === 'none').toBe(false)
    }
    expect(new Set(presets.map((preset) => preset.id)).size).toBe(presets.length)
  })

  it('lists no domain twice', () => {
    const domains = presets.flatMap((preset) => preset.domains)
    expect(new Set(domains).size).toBe(domains.length)
  })
})

describe('mail exchangers', () => {
  it.each([
    ['ASPMX.L.GOOGLE.COM', 'gmail'],
    ['alt1.aspmx.l.google.com', 'gmail'],
    ['smtp.google.com', 'gmail'],
    ['in1-smtp.messagingengine.com', 'fastmail'],
    ['firm-example.mail.protection.outlook.com', 'microsoft365'],
    ['hotmail-com.olc.protection.outlook.com', 'outlook'],
    ['mx01.mail.icloud.com', 'icloud'],
    ['mx2.zoho.eu', 'zoho-eu'],
    ['mail.protonmail.ch', 'proton'],
  ])('show that %s belongs to %s', (exchange, id) => {
    expect(presetForMx(exchange)?.id).toBe(id)
  })

  it('of nobody known say nothing', () => {
    for (const exchange of ['mx.example.org', 'evilzoho.com', '', '.', 'aspmx.l.google.com.evil.example']) {
      expect(presetForMx(exchange), exchange).toBeNull()
    }
  })
})

describe('user names', () => {
  const user = (id: string, address: string) => {
    const preset = presetFor(id)
    return preset ? userFor(preset, address) : undefined
  }

  it('are the part before the @ at iCloud and the whole address elsewhere', () => {
    expect(user('icloud', 'anna@icloud.com')).toBe('anna')
    expect(user('gmail', 'anna@gmail.com')).toBe('anna@gmail.com')
  })

  it("are asked for where a domain of one's own does not tell them", () => {
    expect(user('icloud', 'anna@family.example')).toBeNull()
    expect(user('fastmail', 'anna@family.example')).toBe('anna@family.example')
  })
})

describe('a server name entered by hand', () => {
  it('leads to the preset that explains a refused sign-in', () => {
    expect(presetForHost('IMAP.gmail.com')?.id).toBe('gmail')
    expect(presetForHost('imap.mail.yahoo.com')?.id).toBe('yahoo')
    expect(presetForHost('imappro.zoho.com')?.id).toBe('zoho')
    expect(presetForHost('127.0.0.1')).toBeNull()
    expect(presetForHost('')).toBeNull()
  })
})
