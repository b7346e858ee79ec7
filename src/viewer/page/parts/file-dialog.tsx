/** A file: what it is, how to look at it, and its earlier versions. */
import { useState } from 'preact/hooks'
import { useSpeech } from '../context.tsx'
import type { FileItem, FileVersion } from '../data/files.ts'
import { runTime, useVault } from '../data/vault.tsx'
import { isActiveName } from '../save.ts'
import { Dialog } from './dialog.tsx'
import { OpenFile } from './open-file.tsx'
import { canPreview, Preview, type PreviewSource } from './preview.tsx'
import { Name } from './text.tsx'

export function FileDialog({ item, onClose }: { readonly item: FileItem; readonly onClose: () => void }) {
  const { t, size, dateTime, date } = useSpeech()
  const { library } = useVault()
  const [preview, setPreview] = useState<PreviewSource | null>(null)
  const { row } = item
  const removedAt = item.removedRun === null ? undefined : library.overview.runs[item.removedRun]?.id
  return (
    <Dialog title={<Name text={row.name} />} onClose={onClose}>
      <dl class="facts">
        <dt>{t('file.kind')}</dt>
        <dd>{t(`kind.${row.kind}`)}</dd>
        <dt>{t('file.size')}</dt>
        <dd>{size(row.size)}</dd>
        <dt>{t('file.modified')}</dt>
        <dd>{dateTime(row.modified * 1000)}</dd>
        <dt>{t('file.place')}</dt>
        <dd>
          <Name text={item.path} />
        </dd>
      </dl>
      {removedAt && <p class="chip warn">{t('removed.on', { date: date(runTime(removedAt)) })}</p>}
      {isActiveName(item.path) && <p class="notice warn">{t('file.active')}</p>}
      <Actions version={{ row, path: item.path }} onPreview={setPreview} />
      {item.versions.length > 0 && (
        <section>
          <h3>{t('file.versions')}</h3>
          <ul class="versions">
            {item.versions.map((version) => (
              <li key={version.place}>
                <span>
                  {dateTime(version.row.modified * 1000)} <span class="faint">{size(version.row.size)}</span>
                </span>
                <Actions version={version} onPreview={setPreview} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <div class="row end">
        <button type="button" class="button" onClick={onClose}>
          {t('action.close')}
        </button>
      </div>
      {preview && <Preview source={preview} onClose={() => setPreview(null)} />}
    </Dialog>
  )
}

function Actions({
  version,
  onPreview,
}: {
  readonly version: Pick<FileVersion, 'row' | 'path'>
  readonly onPreview: (source: PreviewSource) => void
}) {
  const { t } = useSpeech()
  const { library } = useVault()
  const source = {
    name: version.row.name,
    kind: version.row.kind,
    path: version.path,
    address: library.store.fileAddress(version.path),
  }
  return (
    <span class="row">
      {canPreview(source) && (
        <button type="button" class="button" onClick={() => onPreview(source)}>
          {t('action.preview')}
        </button>
      )}
      <OpenFile path={version.path} name={version.row.name} size={version.row.size} onPreview={onPreview} />
    </span>
  )
}
