import { Pull } from '../schemas';
import { html, Html } from './html';

export type PullState = 'Draft' | 'Open' | 'Merged' | 'Closed';

const CLASSES: Record<PullState, string> = {
  Draft: 'dim',
  Open: 'good',
  Merged: 'good',
  Closed: 'bad',
};

export function pullState(pull: Pull): PullState {
  if (pull.state === 'open') {
    return pull.draft ? 'Draft' : 'Open';
  }
  return pull.merged ? 'Merged' : 'Closed';
}

export function stateBadge(state: PullState): Html {
  return html`<span class="state ${CLASSES[state]}">${state}</span>`;
}
