import { describeUnless } from '../fixtures/corpus.ts'
import { dovecotMissing } from '../servers/dovecot.ts'
import { startImapDriver } from './imap-driver.ts'
import { describeMailConformance } from './mail-suite.ts'

describeUnless(dovecotMissing(), 'against Dovecot', () => {
  describeMailConformance('imap with QRESYNC', () => startImapDriver([]))
  describeMailConformance('imap with CONDSTORE only', () => startImapDriver(['QRESYNC', 'LIST-STATUS']))
  describeMailConformance('imap without extensions', () =>
    startImapDriver(['QRESYNC', 'CONDSTORE', 'OBJECTID', 'LIST-STATUS', 'LIST-EXTENDED', 'ESEARCH', 'ENABLE']),
  )
})
