/** How something ended, in one line. */
import { Icon } from '../../viewer/page/parts/icon.tsx'

export function EndVerdict({ good, children }: { readonly good: boolean; readonly children: string }) {
  return (
    <h2 class={`end-verdict ${good ? 'good' : 'bad'}`}>
      <Icon name={good ? 'check' : 'warning'} />
      {children}
    </h2>
  )
}
