package org.backpropaganda.experiments.cli;

import java.util.Iterator;
import java.util.List;
import org.backpropaganda.checkpointing.schedule.ScheduleKind;
import org.backpropaganda.experiments.coupling.CouplingKind;
import org.backpropaganda.experiments.coupling.CouplingKinds;
import org.backpropaganda.experiments.data.DataSource;
import org.backpropaganda.experiments.data.Datasets;
import org.backpropaganda.experiments.export.ExportFormat;
import org.backpropaganda.experiments.model.Architecture;
import org.backpropaganda.experiments.model.Architectures;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.reproduce.Reproduction;
import org.backpropaganda.experiments.reproduce.Reproductions;
import org.backpropaganda.experiments.run.OptimizerKind;
import org.backpropaganda.experiments.run.Optimizers;

/** Names of what is on the class path, for help texts. */
final class Found {
    private Found() {}

    /** A list that picocli asks for by its class. */
    private abstract static class Names implements Iterable<String> {
        abstract List<String> names();

        @Override
        public Iterator<String> iterator() {
            return names().iterator();
        }
    }

    /** Of models. */
    static final class Models extends Names {
        @Override
        List<String> names() {
            return Architectures.all().stream().map(Architecture::name).toList();
        }
    }

    /** Of kinds of couplings. */
    static final class CouplingKindNames extends Names {
        @Override
        List<String> names() {
            return CouplingKinds.all().stream().map(CouplingKind::name).toList();
        }
    }

    /** Of reproductions. */
    static final class ReproductionNames extends Names {
        @Override
        List<String> names() {
            return Reproductions.all().stream().map(Reproduction::name).toList();
        }
    }

    /** Of strategies: every way to write a technique, and what it does. */
    static final class Strategies extends Names {
        @Override
        List<String> names() {
            return Strategy.usages().stream()
                    .map(usage ->
                            usage.meaning().isEmpty() ? usage.term() : usage.term() + " (" + usage.meaning() + ")")
                    .toList();
        }
    }

    /** Of data sets. */
    static final class DataSets extends Names {
        @Override
        List<String> names() {
            return Datasets.all().stream().map(DataSource::name).toList();
        }
    }

    /** Of checkpointing schedules. */
    static final class ScheduleNames extends Names {
        @Override
        List<String> names() {
            return ScheduleKind.all().stream().map(ScheduleKind::word).toList();
        }
    }

    /** Of files for other programs. */
    static final class Exports extends Names {
        @Override
        List<String> names() {
            return ExportFormat.words();
        }
    }

    /** Of optimizers. */
    static final class OptimizerNames extends Names {
        @Override
        List<String> names() {
            return Optimizers.all().stream().map(OptimizerKind::name).toList();
        }
    }
}
