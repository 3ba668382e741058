import { RepositoryRef } from '@apexlogic/backstage-plugin-finops-common';
import {
  CommentInput,
  CommentOutcome,
  Forge,
  ForgeError,
  ForgeReview,
  ReviewedChangeRequest,
  WorkflowRun,
} from '@apexlogic/backstage-plugin-finops-node';
import { MemoryForge } from './MemoryForge';

interface Proposal {
  author: ReviewedChangeRequest['author'];
  baseSha: string;
  headSha: string;
  state: ReviewedChangeRequest['state'];
  isFork: boolean;
  readonly comments: { id: number; body: string }[];
}

/** A {@link MemoryForge} in which people open change requests, comments stay and workflows run. */
export class PeopleForge extends MemoryForge implements Forge {
  readonly proposals: Proposal[] = [];
  readonly published: {
    sha: string;
    context: string;
    state: string;
    description: string;
  }[] = [];
  readonly runs: (WorkflowRun & {
    workflow: string;
    branch: string;
    inputs: object;
  })[] = [];
  /** Called before and after each write, with its name; throw to lose the answer. */
  afterWriting?: (operation: keyof Forge | keyof ForgeReview) => void;
  clock: () => string = () => new Date().toISOString();
  #lastId = 100;

  /** Opens a change request with these files on the present head; its number. */
  async propose(
    files: Record<string, string | null>,
    options: { author?: string; isBot?: boolean; isFork?: boolean } = {},
  ): Promise<number> {
    const { author = 'octavia', isBot = false, isFork = false } = options;
    const baseSha = await this.headSha();
    this.proposals.push({
      author: { login: author, isBot },
      baseSha,
      headSha: this.commitOnto(baseSha, files),
      state: 'open',
      isFork,
      comments: [],
    });
    return this.proposals.length;
  }

  /** Another commit on its branch; its sha. */
  push(number: number, files: Record<string, string | null>): string {
    const proposal = this.#find(number);
    proposal.headSha = this.commitOnto(proposal.headSha, files);
    return proposal.headSha;
  }

  /** The status a commit has now. */
  statusOf(sha: string): { state: string; description: string } | undefined {
    return this.published.filter(status => status.sha === sha).at(-1);
  }

  async setStatus(
    repository: RepositoryRef,
    sha: string,
    status: Parameters<Forge['setStatus']>[2],
  ): Promise<void> {
    if (this.requests.some(request => request.changeRequest.headSha === sha)) {
      await super.setStatus(repository, sha, status);
    } else {
      await this.fault?.('setStatus');
    }
    const { context, state, description } = status;
    this.published.push({ sha, context, state, description });
    this.afterWriting?.('setStatus');
  }

  readonly review: ForgeReview = {
    readChangeRequest: async (_url, number) => {
      await this.fault?.('readChangeRequest');
      const proposal = this.#find(number);
      const { author, state, baseSha, headSha, isFork } = proposal;
      return {
        number,
        url: `${this.url}/pull/${number}`,
        author,
        state,
        base: { branch: 'main', sha: baseSha },
        head: { branch: `branch-${number}`, sha: headSha, isFork },
        mergeBaseSha: baseSha,
      };
    },
    upsertComment: async (_url, number, { marker, body, id }: CommentInput) => {
      await this.fault?.('upsertComment');
      const { comments } = this.#find(number);
      const own = comments.find(
        comment => comment.id === id || comment.body.includes(marker),
      );
      let outcome: CommentOutcome;
      if (own) {
        const result = own.body === body ? 'unchanged' : 'updated';
        own.body = body;
        outcome = { id: own.id, url: `${this.url}#${own.id}`, result };
      } else {
        const created = { id: ++this.#lastId, body };
        comments.push(created);
        outcome = {
          id: created.id,
          url: `${this.url}#${created.id}`,
          result: 'created',
        };
      }
      this.afterWriting?.('upsertComment');
      return outcome;
    },
    startWorkflow: async (_url, { workflow, branch, inputs }) => {
      await this.fault?.('startWorkflow');
      if (workflow === 'absent.yaml') {
        throw new ForgeError('not-found', 'There is no workflow absent.yaml');
      }
      const id = ++this.#lastId;
      this.runs.push({
        id,
        url: `${this.url}/runs/${id}`,
        headSha: this.#find(Number(branch.split('-')[1])).headSha,
        createdAt: this.clock(),
        workflow,
        branch,
        inputs,
      });
      this.afterWriting?.('startWorkflow');
    },
    listWorkflowRuns: async (_url, { workflow, headSha }) => {
      await this.fault?.('listWorkflowRuns');
      return this.runs
        .filter(run => run.workflow === workflow && run.headSha === headSha)
        .reverse();
    },
  };

  /** Ends a run. */
  finish(index: number, outcome: 'success' | 'failure'): void {
    this.runs[index] = { ...this.runs[index], outcome };
  }

  #find(number: number): Proposal {
    const proposal = this.proposals[number - 1];
    if (!proposal) {
      throw new ForgeError('not-found', `There is no change request ${number}`);
    }
    return proposal;
  }
}
