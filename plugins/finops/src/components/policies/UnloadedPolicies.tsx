import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { Code, Notice, Text } from '../../kit';

/** What stops every change until somebody mends it. */
export function UnloadedPolicies(props: {
  policies: readonly Schemas['PolicyNotLoaded'][];
}) {
  const { policies } = props;
  if (policies.length === 0) {
    return null;
  }
  return (
    <Notice
      tone="error"
      title="Every change is denied until these can be loaded"
    >
      {policies.map(({ name, path, error }) => (
        <Text key={`${path} ${name}`}>
          <strong>{name}</strong> in <Code>{path}</Code>: {error}
        </Text>
      ))}
    </Notice>
  );
}
