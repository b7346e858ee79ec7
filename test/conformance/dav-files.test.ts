import { describeUnless } from '../fixtures/corpus.ts'
import { apacheMissing, rcloneMissing, startApache, startRclone } from '../servers/webdav.ts'
import { startNextcloudDriver, startServedFolder } from './dav-files-driver.ts'
import { describeFilesConformance } from './files-suite.ts'

describeUnless(apacheMissing(), 'files', () => {
  describeFilesConformance('dav against Apache', () => startServedFolder(() => startApache(), 'files of alice'))
})
describeUnless(rcloneMissing(), 'files', () => {
  describeFilesConformance('dav against rclone', () => startServedFolder(() => startRclone(), '127.0.0.1'))
})
describeFilesConformance('dav against an emulated Nextcloud', startNextcloudDriver)
