import { startGmailDriver } from './gmail-driver.ts'
import { describeMailConformance } from './mail-suite.ts'

describeMailConformance('gmail', startGmailDriver, {
  inbox: ['All Mail'],
  work: ['Spam'],
  isFixed: true,
  newFlags: ['\\Flagged', '\\Seen'],
})
