package org.backpropaganda.checkpointing.plan;

import org.jspecify.annotations.Nullable;

/** Makes the curve of a range from the curves of shorter ranges: tries every first step. */
final class RangeSearch {
    /** In chains of more blocks than that, segments are many, and those that a look finds are enough. */
    private static final int FULL = 512;

    private final StepNeeds needs;
    private final SegmentRule rule;
    private final Limits limits;
    private final Thinning thinning;
    private final Envelope envelope;
    private final Segments segments = new Segments();

    /** The curve of what is left of the range. */
    interface Rest {
        Curve from(int block, boolean leased);
    }

    /** The curve of the replay of the range's first blocks. */
    interface Inner {
        Curve to(int end);
    }

    RangeSearch(StepNeeds needs, SegmentRule rule, Limits limits) {
        this.needs = needs;
        this.rule = rule;
        this.limits = limits;
        this.thinning = new Thinning(limits.points());
        this.envelope = new Envelope(thinning);
    }

    /** How many points were dropped to keep curves short. */
    long dropped() {
        return thinning.dropped();
    }

    /**
     * The curve of the range from i to j. Options are tried by index, then reversible runs and segments from the shortest on;
     * of equal points the first stays.
     *
     * @param leased whether the boundary in front is leased by whoever comes before
     * @param inReplay whether the range is replayed, so that the gradient of its output waits
     * @param inner null where nothing may be checkpointed
     */
    Curve curve(int i, int j, boolean leased, boolean inReplay, Rest rest, @Nullable Inner inner) {
        for (int k = 0; k < needs.options(i); k++) {
            envelope.offer(
                    rest.from(i + 1, needs.leasesOutput(i, k)),
                    needs.saveHolds(i, k, leased),
                    needs.saveNeeds(i, k, leased, j, inReplay),
                    needs.saveTime(i, k),
                    Choice.save(k));
        }
        reversibleRuns(i, j, leased, inReplay, rest);
        if (inner != null) {
            offerSegments(i, j, leased, inReplay, rest, inner);
        }
        return envelope.take();
    }

    private void reversibleRuns(int i, int j, boolean leased, boolean inReplay, Rest rest) {
        long local = 0;
        long spent = 0;
        for (int r = i + 1; r <= j && needs.reversible[r - 1]; r++) {
            local = Math.max(local, needs.reverseNeeds(i, r - 1, leased, j, inReplay));
            spent += needs.reverseTime(r - 1);
            if (rule.allows(i, r)) {
                envelope.offer(rest.from(r, true), needs.reverseHolds(r), local, spent, Choice.reverse(r - i));
            }
        }
    }

    private void offerSegments(int i, int j, boolean leased, boolean inReplay, Rest rest, Inner inner) {
        segments.clear();
        long held = needs.replayHolds(i, leased);
        long waiting = needs.waiting(j, inReplay);
        long local = 0;
        long spent = 0;
        // A replay of the whole range inside its own replay would be in vain.
        int last = inReplay ? Math.min(j - 1, i + limits.inner()) : Math.min(j, i + limits.outer());
        for (int r = i + 1; r <= last && needs.replayable[r - 1]; r++) {
            local = Math.max(local, needs.replayNeeds(i, r - 1));
            spent += needs.replayTime[r - 1];
            if ((inReplay || r - i <= limits.longest(r)) && rule.allows(i, r)) {
                long outside = needs.gradients[r] - needs.gradients[j];
                segments.add(r, rest.from(r, false), inner.to(r), outside, held + local + waiting, spent);
            }
        }
        if (!inReplay && limits.sparse() && needs.size() > FULL) {
            Curve like = rest.from(i + 1, false);
            if (like.size == limits.points()) {
                segments.chooseLike(like, held);
            }
        }
        segments.offer(envelope, i, held);
    }
}
