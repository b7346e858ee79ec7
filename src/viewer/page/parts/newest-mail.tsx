/** The newest messages, from the overview alone: on the screen before any table is loaded. */
import { useMemo } from 'preact/hooks'
import { useSpeech } from '../context.tsx'
import { useVault } from '../data/vault.tsx'
import { Loading } from './empty.tsx'
import { MailLine, rowHeight } from './mail-row.tsx'
import { Name } from './text.tsx'

export function NewestMail({ folder }: { readonly folder: string }) {
  const { t } = useSpeech()
  const { library, isNow } = useVault()
  const { newest, collections } = library.overview
  const rows = useMemo(
    () => (isNow ? newest.filter(({ collection }) => folder === 'all' || String(collection) === folder) : []),
    [newest, folder, isNow],
  )
  return (
    <>
      <section class="pane list" aria-label={t('mail.list')} aria-busy="true">
        <div class="pane-head">
          <h1 class="ellipsis">
            <Name text={collections[Number(folder)]?.path.at(-1) ?? t('mail.all')} />
          </h1>
        </div>
        <div class="list-tools placeholder" />
        {rows.length === 0 && <Loading />}
        <div class="virtual">
          {rows.slice(0, 40).map(({ doc, from, subject, date, marks, flags }) => (
            <div key={doc} class="option flow" style={{ height: `${rowHeight}px` }}>
              <MailLine
                who={[from]}
                isTo={false}
                count={1}
                isThere
                isThereNow
                marks={undefined}
                note=""
                {...{ subject, date, flags }}
                bits={marks}
              />
            </div>
          ))}
        </div>
      </section>
      <section class="pane detail" aria-label={t('mail.message')} />
    </>
  )
}
