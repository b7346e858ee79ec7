import { describe, expect, it } from 'vitest'
import { presets } from '../../../src/providers/dav/preset-table.ts'
import { needsServer, presetFor, presetForMx, presetForUrl, urlsOf } from '../../../src/providers/dav/presets.ts'
import { parseSettings } from '../../../src/providers/dav/settings.ts'

describe('the table of CardDAV, CalDAV and WebDAV providers', () => {
  it.each([
    ['anna@icloud.com', 'icloud', 'contacts.icloud.com'],
    ['anna@me.com', 'icloud', 'contacts.icloud.com'],
    ['anna@fastmail.fm', 'fastmail', 'carddav.fastmail.com'],
    ['anna@mailbox.org', 'mailbox.org', 'dav.mailbox.org'],
    ['anna@posteo.ch', 'posteo', 'posteo.de:8843'],
    ['anna@yahoo.co.uk', 'yahoo', 'carddav.address.yahoo.com'],
    ['anna@zohomail.eu', 'zoho-eu', 'contacts.zoho.eu'],
    ['anna@gmx.de', 'gmx', 'carddav.gmx.net'],
    ['anna@gmx.co.uk', 'gmx-com', 'carddav.gmx.com'],
    ['anna@web.de', 'web.de', 'carddav.web.de'],
  ])('knows where %s keeps contacts', (address, id, host) => {
    const preset = presetFor(address)
    expect(preset?.id).toBe(id)
    expect(new URL(preset?.carddav ?? '').host).toBe(host)
  })

  it('says that Google wants another sign-in, and that iCloud keeps its Drive to itself', () => {
    expect(presetFor('anna@gmail.com')?.unsupported).toContain('Google sign-in')
    expect(presetFor('icloud')?.note).toContain('iCloud Drive')
    expect(presetFor('icloud')?.webdav).toBeUndefined()
  })

  it('fills in the server and the user of Nextcloud', () => {
    const nextcloud = presetFor('nextcloud')
    if (nextcloud === null) throw new Error('Nextcloud is missing')
    const expected = (base: string) => ({
      carddav: `https://${base}/remote.php/dav/`,
      caldav: `https://${base}/remote.php/dav/`,
      webdav: `https://${base}/remote.php/dav/files/anna%20b/`,
    })
    expect(urlsOf(nextcloud, 'anna b', 'cloud.example.com')).toEqual(expected('cloud.example.com'))
    expect(urlsOf(nextcloud, 'anna b', ' https://cloud.example.com:8443/nc/ ')).toEqual(expected('cloud.example.com:8443/nc'))
    expect(urlsOf(nextcloud, 'anna b', 'cloud.example.com/remote.php/dav')).toEqual(expected('cloud.example.com'))
    for (const server of ['', 'http://cloud.example.com', 'ftp://x', 'not a server']) {
      expect(() => urlsOf(nextcloud, 'anna', server), server).toThrow(/name of your server/)
    }
  })

  it('fills in the ports of Synology unless the person names one', () => {
    const synology = presetFor('synology')
    if (synology === null) throw new Error('Synology is missing')
    expect(urlsOf(synology, 'anna', 'nas.example.com')).toEqual({
      carddav: 'https://nas.example.com:5001/carddav/anna/',
      caldav: 'https://nas.example.com:5001/caldav/anna/',
      webdav: 'https://nas.example.com:5006/',
    })
    expect(urlsOf(synology, 'anna', 'nas.example.com:443').webdav).toBe('https://nas.example.com/')
  })

  it.each(presets.filter(({ unsupported }) => unsupported === undefined))('gives $id settings that are accepted', (preset) => {
    const urls = urlsOf(preset, 'anna@example.com', needsServer(preset) ? 'own.example.com' : undefined)
    expect(Object.keys(urls).length).toBeGreaterThan(0)
    expect(parseSettings({ user: 'anna@example.com', ...urls })).toMatchObject(urls)
    expect(preset.steps.length).toBeGreaterThan(0)
    expect(new URL(preset.helpUrl).protocol).toBe('https:')
  })

  it('knows providers by their mail exchangers and servers', () => {
    expect(presetForMx('in1-smtp.messagingengine.com')?.id).toBe('fastmail')
    expect(presetForMx('evilmessagingengine.com')).toBeNull()
    expect(presetForUrl(new URL('https://caldav.icloud.com/123/'))?.id).toBe('icloud')
    expect(presetForUrl(new URL('https://caldav.icloud.com.example/'))).toBeNull()
  })

  it('does not take other domains for a provider it knows', () => {
    for (const address of ['a@notgmx.com', 'a@web.de.evil.example', 'a@yahoo.co.jp', 'a@posteo', 'a@', '@', 'nobody']) {
      expect(presetFor(address), address).toBeNull()
    }
  })

  it('has one preset of each name', () => {
    expect(new Set(presets.map(({ id }) => id)).size).toBe(presets.length)
  })
})
