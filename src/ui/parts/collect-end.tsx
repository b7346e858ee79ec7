import type { CollectReport } from '../../api/contract.ts'
import { Name } from '../../viewer/page/parts/text.tsx'
import { useWords } from '../context.tsx'
import { EndVerdict } from './end-verdict.tsx'
import { OpenFolder } from './open-folder.tsx'
import { Said } from './said.tsx'

export function CollectEnd({ report }: { readonly report: CollectReport }) {
  const { t, size } = useWords()
  const { written, alreadyThere, bytes, leftOut, withoutSender, out } = report
  const unasked = withoutSender > 0 && <p class="soft">{t('collect.withoutSender', { n: withoutSender })}</p>
  if (written + alreadyThere === 0) {
    return (
      <>
        <EndVerdict good={false}>{t('collect.none')}</EndVerdict>
        {unasked}
        <p>{t('collect.noneMore')}</p>
      </>
    )
  }
  return (
    <>
      <EndVerdict good>{t('collect.done', { n: written + alreadyThere })}</EndVerdict>
      <p class="soft">{size(bytes)}</p>
      {unasked}
      <OpenFolder folder={out} />
      {leftOut.length > 0 && (
        <details>
          <summary>{t('collect.left', { n: leftOut.length })}</summary>
          <ul class="plain-list">
            {leftOut.slice(0, 100).map(({ title, reason }, at) => (
              <li key={at}>
                <b>
                  <Name text={title} />
                </b>{' '}
                <Said text={reason} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}
