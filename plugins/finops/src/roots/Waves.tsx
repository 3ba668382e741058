import { WavesScreen } from '../components/waves/WavesScreen';
import { QueryProvider } from '../hooks/QueryProvider';

/** The page of waves without a page around it, which the new frontend system draws itself. */
export function Waves() {
  return (
    <QueryProvider>
      <WavesScreen />
    </QueryProvider>
  );
}
