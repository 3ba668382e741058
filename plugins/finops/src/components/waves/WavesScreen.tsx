import { useState } from 'react';
import { finopsRecommendationReadPermission } from '@apexlogic/backstage-plugin-finops-common/permissions';
import { useWaves } from '../../hooks/queries';
import { Button, Panel, Stack, Text } from '../../kit';
import { QueryStates } from '../shared/QueryStates';
import { StartWaves } from './StartWaves';
import { WaveSetPanel } from './WaveSetPanel';

/** Changes that go out one wave after the other, and the start of new ones. */
export function WavesScreen() {
  const query = useWaves();
  const [starting, setStarting] = useState(false);
  return (
    <Stack>
      <Panel title="Send changes out in waves">
        <Stack>
          <Text>
            One change goes out first. The next wave follows only when every
            change of the one before is live, was watched, was measured and is
            well.
          </Text>
          {starting ? (
            <StartWaves onClose={() => setStarting(false)} />
          ) : (
            <Stack direction="row">
              <Button onClick={() => setStarting(true)}>Choose changes</Button>
            </Stack>
          )}
        </Stack>
      </Panel>
      <QueryStates
        query={query}
        title="Waves"
        permission={finopsRecommendationReadPermission.name}
      >
        {({ sets }) =>
          sets.length === 0 ? (
            <Panel title="Waves">
              <Text>Nothing went out in waves yet.</Text>
            </Panel>
          ) : (
            <Stack>
              {sets.map(set => (
                <WaveSetPanel key={set.id} set={set} />
              ))}
            </Stack>
          )
        }
      </QueryStates>
    </Stack>
  );
}
