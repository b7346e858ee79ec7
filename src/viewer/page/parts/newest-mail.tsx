/** The newest messages, from the overview alone: on the screen before any table is loaded, and chosen from like the whole list. */
import { useLayoutEffect, useMemo } from 'preact/hooks'
import { useSpeech } from '../context.tsx'
import { openMessage } from '../data/message.ts'
import { useVault } from '../data/vault.tsx'
import { goTo, type Params } from '../route.ts'
import { Loading } from './empty.tsx'
import { MailLine, rowHeight } from './mail-row.tsx'
import { Name } from './text.tsx'
import { type ListMemory, VirtualList } from './virtual-list.tsx'

/** As many as fill a high screen. */
const most = 40

export interface NewestMailProps {
  readonly folder: string
  readonly params: Params
  /** For the whole list, which takes the place of this one. */
  readonly memory: ListMemory
}

export function NewestMail({ folder, params, memory }: NewestMailProps) {
  const { t } = useSpeech()
  const { library, isNow } = useVault()
  const { newest, collections } = library.overview
  const { label, doc } = params
  const rows = useMemo(
    () =>
      isNow && label === undefined
        ? newest.filter(({ collection }) => folder === 'all' || String(collection) === folder).slice(0, most)
        : [],
    [newest, folder, isNow, label],
  )
  useLayoutEffect(() => {
    // Read ahead: it is shown together with the whole list, which knows the rest of it.
    if (doc !== undefined) openMessage(library, Number(doc)).catch(() => undefined)
  }, [library, doc])
  const title = label ?? collections[Number(folder)]?.path.at(-1) ?? t('mail.all')
  return (
    <>
      <section class="pane list" aria-label={t('mail.list')} aria-busy="true">
        <div class="pane-head">
          <h1 class="ellipsis">
            <Name text={title} />
          </h1>
        </div>
        <div class="list-tools placeholder" />
        {rows.length === 0 ? (
          <Loading />
        ) : (
          <VirtualList
            rows={rows}
            label={t('mail.listOf', { folder: title })}
            height={rowHeight}
            selected={rows.findIndex((row) => String(row.doc) === doc)}
            onSelect={(row) => goTo('mail', { folder, doc: row.doc })}
            memory={memory}
          >
            {({ from, subject, date, marks, flags }) => (
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
            )}
          </VirtualList>
        )}
      </section>
      <section class="pane detail" aria-label={t('mail.message')}>
        {doc !== undefined && <Loading />}
      </section>
    </>
  )
}
