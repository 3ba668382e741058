import { CLAIM_KIND, DesiredState } from './kubernetes/desiredState';
import type { Part } from './partsOf';
import { parseQuantity, restyleQuantity } from './quantity';
import type { PlanRefusal } from './types';
import type { WantedFieldsResult } from './wantedFields';

const SIZE_POINTER = '/spec/resources/requests/storage';

/**
 * The size that is still to be written. Kubernetes lets a claim grow and nothing else: it neither shrinks nor
 * changes its class once it is bound, and a StatefulSet's claim templates cannot change at all
 * (https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims). An
 * edit of that would stand in the files and never come true, so it is refused with what a person must do.
 */
export function wantedClaim(
  { object, wanted }: Extract<Part, { kind: 'claim' }>,
  { claim, ...desired }: DesiredState,
): WantedFieldsResult {
  const { size, storageClass } = wanted;
  if (object.kind === 'StatefulSet') {
    return refuse(
      'not-supported',
      `Kubernetes rejects other claim templates of a StatefulSet that is there. To let it grow: raise each claim of ${object.name}, delete the StatefulSet with --cascade=orphan, change the template and apply it again`,
    );
  }
  if (object.kind !== CLAIM_KIND || (!size && !storageClass)) {
    return refuse(
      'not-supported',
      `A ${object.kind} has no storage of its own to be changed like this`,
    );
  }
  if (storageClass && claim?.storageClass !== storageClass.to) {
    return claim?.storageClass === storageClass.from
      ? refuse(
          'not-supported',
          `The class of a claim cannot change. To move ${object.name} to ${storageClass.to}: make a new claim of that class, copy the data while nothing writes, let the workload use the new claim, and remove this one. Where the driver knows them, a VolumeAttributesClass changes the tier in place`,
        )
      : refuse(
          'value-changed',
          `The files say class ${
            claim?.storageClass ?? 'of the cluster by default'
          }; the advice was made for ${storageClass.from}`,
        );
  }
  if (!size) {
    return refuse(
      'already-done',
      `The files say class ${storageClass!.to} already`,
    );
  }
  const [from, to, present] = [size.from, size.to, claim?.size ?? ''].map(
    amount => parseQuantity(amount)?.nanos,
  );
  if (to === undefined || to <= 0n) {
    return refuse('not-supported', `'${size.to}' is not a size`);
  }
  if (present === undefined) {
    return refuse('value-not-found', 'The files do not set a size');
  }
  if (present === to) {
    return refuse('already-done', `The files say ${size.to} already`);
  }
  if (present !== from) {
    return refuse(
      'value-changed',
      `The files say ${claim?.size}; the advice was made for ${size.from}`,
    );
  }
  if (to < present) {
    return refuse(
      'not-supported',
      `A claim cannot shrink. To bring ${object.name} down to ${size.to}: make a smaller claim, copy the data while nothing writes, let the workload use the new claim, and remove this one`,
    );
  }
  return {
    kind: 'wanted',
    wanted: {
      kind: 'map',
      entries: [
        [
          'spec',
          {
            kind: 'map',
            entries: [
              [
                'resources',
                {
                  kind: 'map',
                  entries: [
                    [
                      'requests',
                      {
                        kind: 'map',
                        entries: [
                          [
                            'storage',
                            {
                              kind: 'scalar',
                              value: size.to,
                              restyle: written =>
                                restyleQuantity(
                                  size.to,
                                  String(written),
                                  'memory',
                                ),
                            },
                          ],
                        ],
                      },
                    ],
                  ],
                },
              ],
            ],
          },
        ],
      ],
    },
    fields: [{ pointer: SIZE_POINTER, value: size.to }],
    desired: { ...desired, claim: { ...claim, size: size.to } },
  };
}

function refuse(code: PlanRefusal['code'], reason: string): PlanRefusal {
  return { kind: 'refused', code, reason };
}
