package org.backpropaganda.experiments.run;

import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.optim.LearningRateSchedule;
import org.backpropaganda.autograd.technique.TrainingSteps;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.synthetic.stage.Learnt;
import org.backpropaganda.synthetic.stage.StageFailure;
import org.backpropaganda.synthetic.stage.StageFigures;
import org.backpropaganda.synthetic.stage.StageListener;
import org.backpropaganda.synthetic.stage.StageTraining;
import org.backpropaganda.synthetic.stage.StagedLearner;
import org.backpropaganda.synthetic.stage.StagedSequence;
import org.backpropaganda.synthetic.stage.Threading;

/**
 * Trains the modules of a pipeline on threads of their own, all steps in one call. Each module has an optimizer of its own, at the
 * learning rate of the turn in which it would make the update if modules took turns: where they go on in that order, bits are the
 * same.
 */
final class ThreadedRun {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double NANOS_PER_SECOND = 1e9;

    private final List<Double> losses;
    private final List<RunResult.ModuleFigures> modules;
    private final double stepsPerSecond;

    private ThreadedRun(List<Double> losses, List<RunResult.ModuleFigures> modules, double stepsPerSecond) {
        this.losses = losses;
        this.modules = modules;
        this.stepsPerSecond = stepsPerSecond;
    }

    /** The loss of each batch, in the order in which they came to it. */
    List<Double> losses() {
        return losses;
    }

    /** What each module did with its time. */
    List<RunResult.ModuleFigures> modules() {
        return modules;
    }

    /** Batches a second, over all of the run. */
    double stepsPerSecond() {
        return stepsPerSecond;
    }

    /**
     * Trains to the end.
     *
     * @param progress is told of each loss, in the thread of the last module
     * @throws UserException if the model is no pipeline, or techniques deal with its saved tensors
     */
    static ThreadedRun of(Trainee trainee, Measurements measurements, TrainingRun.Progress progress)
            throws InterruptedIOException {
        if (!(trainee.model().module() instanceof StagedSequence pipeline)) {
            throw new UserException(
                    "modules on threads of their own have to be the outermost arrangement of the model; leave"
                            + " what stands around them out, or --threads-per-module");
        }
        if (!trainee.savings().isNone()) {
            throw new UserException(
                    "techniques that deal with saved tensors, as offload and save, are one thread's at a time;"
                            + " leave them out of the strategy, or --threads-per-module");
        }
        Beats beats = new Beats(pipeline.modules().size() - 1, trainee.steps(), progress);
        try (StagedLearner learner = pipeline.learner(
                settings(trainee.settings(), measurements), stage -> training(trainee, pipeline, stage), beats)) {
            long began = System.nanoTime();
            List<Learnt> learnt = learner.train(trainee::tensors, trainee.steps(), threading(trainee.config()));
            double seconds = (System.nanoTime() - began) / NANOS_PER_SECOND;
            learnt.forEach(each -> measurements.loss(each.loss()));
            measurements.endAll(trainee.steps(), beats.apart());
            return new ThreadedRun(
                    learnt.stream().map(Learnt::loss).toList(),
                    learner.figures().stream().map(ThreadedRun::figures).toList(),
                    trainee.steps() / seconds);
        } catch (StageFailure e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while modules were training");
        }
    }

    private static Threading threading(RunConfig config) {
        return Boolean.TRUE.equals(config.learners().freeRunning()) ? Threading.free() : Threading.disciplined();
    }

    private static TrainingSteps.Settings settings(TrainingSteps.Settings of, Measurements measurements) {
        return new TrainingSteps.Settings(
                of.scope(),
                (results, labels) -> {
                    Variable loss = of.loss().of(results, labels);
                    measurements.atLoss();
                    return loss;
                },
                of.optimizer(),
                of.seeds(),
                of.policy());
    }

    /** A batch is learned from in a turn that follows from its number; behind the last batch the rate stays. */
    private static StageTraining training(Trainee trainee, StagedSequence pipeline, int stage) {
        int down = pipeline.rule().forwardTicks();
        int round = down + pipeline.rule().backwardTicks();
        long later = (long) stage * down + (long) (pipeline.modules().size() - 1 - stage) * round;
        LearningRateSchedule schedule = trainee.schedule();
        return StageTraining.of(Optimizers.model(
                        trainee.config().descent(),
                        pipeline.modules().get(stage).trainedParameters(),
                        trainee.settings().scope()))
                .scheduledBy(batch -> schedule.multiplier(Math.min(batch + later, trainee.steps() - 1L)));
    }

    private static RunResult.ModuleFigures figures(StageFigures of) {
        return new RunResult.ModuleFigures(
                of.stage(),
                of.busyNanos() / NANOS_PER_MILLI,
                of.waitingNanos() / NANOS_PER_MILLI,
                of.deepestQueue(),
                of.updates(),
                of.meanStaleness(),
                of.mostStaleness(),
                of.predictorBytes());
    }

    /** When batches came to the loss; all in the thread of the last module. */
    private static final class Beats implements StageListener {
        private final int last;
        private final int steps;
        private final TrainingRun.Progress progress;
        private final List<Long> nanos = new ArrayList<>();

        Beats(int last, int steps, TrainingRun.Progress progress) {
            this.last = last;
            this.steps = steps;
            this.progress = progress;
        }

        @Override
        public void begins(int stage, long batch, boolean isBackward) {
            if (stage == last && nanos.isEmpty()) {
                nanos.add(System.nanoTime());
            }
        }

        @Override
        public void ends(int stage, long batch, boolean isBackward) {
            if (stage == last) {
                nanos.add(System.nanoTime());
                progress.step(nanos.size() - 1, steps);
            }
        }

        List<Double> apart() {
            List<Double> millis = new ArrayList<>();
            for (int i = 1; i < nanos.size(); i++) {
                millis.add((nanos.get(i) - nanos.get(i - 1)) / NANOS_PER_MILLI);
            }
            return millis;
        }
    }
}
