import type { FieldChange } from '@apexlogic/backstage-plugin-finops-common';
import type { Ambiguous, NotManaged, PlanRefusal, Rationale } from '../types';
import type { SourceText } from '../yaml/sourceText';
import type { TextEdit } from '../yaml/mergeEdits';
import type { WantedOfResource } from './wantedValues';

/** A leaf of a syntax tree; its place is UTF-16 indexes `[start, end)`. */
export interface Token {
  readonly type: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A resource as policies see it. */
export interface ResourceView {
  readonly address: string;
  readonly object: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: {
      readonly name: string;
      readonly labels: Readonly<Record<string, string>>;
    };
    readonly spec: Readonly<Record<string, unknown>>;
  };
}

/** The edits that carry out an action, by file. */
export interface Edited {
  readonly kind: 'edited';
  readonly edits: readonly (TextEdit & { readonly path: string })[];
  readonly changes: readonly FieldChange[];
  readonly notes: readonly string[];
}

/** A resource found in code, whatever language it is written in. */
export interface OpenedResource {
  readonly kind: 'opened';
  readonly type: string;
  /** What is deployed: the root folder, or the file of the template. */
  readonly root: string;
  /** The file that declares it. */
  readonly path: string;
  /** Itself, or all that its address stands for. */
  readonly views: readonly ResourceView[];
  /** Everything that may change with it: address → all it says, inputs of expressions included. */
  readonly surroundings: ReadonlyMap<string, unknown>;
  /** That of addresses which other things read, and nothing is built from. */
  readonly isOutput: (address: string) => boolean;
  viewOf(address: string): ResourceView | undefined;
  source(path: string): { bytes: Uint8Array; text: SourceText };
  edit(
    wanted: Extract<WantedOfResource, { kind: 'wanted' }>,
    options: {
      readonly rationale: Rationale;
      readonly allowSharedBase: boolean;
    },
  ): Edited | PlanRefusal;
}

/** @internal */
export type Opened = OpenedResource | Ambiguous | NotManaged;
