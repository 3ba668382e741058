import { Renderer } from '@apexlogic/backstage-plugin-finops-manifests';
import { Loop } from '../delivery/Loop';
import { CheckConfig } from './config';

/** What checking change requests works with. */
export interface CheckContext extends Loop {
  readonly checks: CheckConfig;
  /** Builds kustomizations; `kubectl kustomize` unless told. */
  readonly renderer?: Renderer;
}
