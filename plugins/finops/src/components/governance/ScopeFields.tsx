import { useState } from 'react';
import { SelectField, TextField } from '../../kit';

type Kind = 'all' | 'owner' | 'environment';

const KINDS: readonly { value: Kind; label: string }[] = [
  { value: 'all', label: 'All changes' },
  { value: 'environment', label: 'One environment' },
  { value: 'owner', label: 'One owner' },
];

const ENVIRONMENTS = ['production', 'staging', 'development', 'unknown'].map(
  value => ({ value, label: value }),
);

/** Which changes somebody means, while they are still choosing. */
export function useScope() {
  const [kind, setKind] = useState<Kind>('all');
  const [owner, setOwner] = useState('');
  const [environment, setEnvironment] = useState('production');
  const name = { all: '', owner: owner.trim(), environment }[kind];
  return {
    kind,
    owner,
    environment,
    setKind,
    setOwner,
    setEnvironment,
    /** As the backend takes it; undefined while something is missing. */
    value: valueOf(kind, name),
  };
}

function valueOf(kind: Kind, name: string): string | undefined {
  if (kind === 'all') {
    return 'all';
  }
  return name === '' ? undefined : `${kind}:${name}`;
}

/** All changes, those of one environment, or those of one owner. */
export function ScopeFields(props: { scope: ReturnType<typeof useScope> }) {
  const { kind, owner, environment, setKind, setOwner, setEnvironment } =
    props.scope;
  return (
    <>
      <SelectField
        label="What"
        value={kind}
        choices={KINDS}
        onChange={setKind}
      />
      {kind === 'owner' && (
        <TextField
          label="Owner"
          value={owner}
          onChange={setOwner}
          maxLength={200}
        />
      )}
      {kind === 'environment' && (
        <SelectField
          label="Environment"
          value={environment}
          choices={ENVIRONMENTS}
          onChange={setEnvironment}
        />
      )}
    </>
  );
}
