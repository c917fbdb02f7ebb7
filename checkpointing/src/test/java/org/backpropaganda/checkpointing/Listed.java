package org.backpropaganda.checkpointing;

import java.util.Iterator;
import java.util.List;
import org.backpropaganda.checkpointing.schedule.Action;
import org.backpropaganda.checkpointing.schedule.Action.Copy;
import org.backpropaganda.checkpointing.schedule.Action.EndForward;
import org.backpropaganda.checkpointing.schedule.Action.Forward;
import org.backpropaganda.checkpointing.schedule.Action.Free;
import org.backpropaganda.checkpointing.schedule.Action.Move;
import org.backpropaganda.checkpointing.schedule.Action.Reverse;
import org.backpropaganda.checkpointing.schedule.Data;
import org.backpropaganda.checkpointing.schedule.Schedule;
import org.backpropaganda.checkpointing.schedule.Storage;

/** A schedule written by hand. */
record Listed(String name, List<Action> actions) implements Schedule {

    @Override
    public Course begin() {
        Iterator<Action> iterator = actions.iterator();
        return new Course() {
            @Override
            public Action next() {
                return iterator.hasNext() ? iterator.next() : null;
            }

            @Override
            public void ended(int steps) {}
        };
    }

    private static Move toHands(int step, Storage from) {
        return new Move(step, from, Storage.WORK, Data.RESTART);
    }

    /** Twelve steps, of which two keep adjoint data from the first run on. */
    static Listed mixed() {
        return new Listed(
                "mixed by hand",
                List.of(
                        Forward.restart(0, 4, Storage.RAM),
                        new Forward(4, 6, false, true, Storage.RAM),
                        Forward.restart(6, 9, Storage.RAM),
                        Forward.record(9, 12),
                        new EndForward(),
                        new Reverse(12, 9),
                        toHands(6, Storage.RAM),
                        Forward.record(6, 9),
                        new Reverse(9, 6),
                        new Move(5, Storage.RAM, Storage.WORK, Data.ADJOINT),
                        new Reverse(6, 5),
                        new Move(4, Storage.RAM, Storage.WORK, Data.ADJOINT),
                        new Reverse(5, 4),
                        new Copy(0, Storage.RAM, Storage.WORK, Data.RESTART),
                        Forward.advance(0, 1),
                        Forward.restart(1, 2, Storage.RAM),
                        new Forward(2, 4, false, true, Storage.RAM),
                        new Move(3, Storage.RAM, Storage.WORK, Data.ADJOINT),
                        new Move(2, Storage.RAM, Storage.WORK, Data.ADJOINT),
                        new Reverse(4, 2),
                        toHands(1, Storage.RAM),
                        Forward.record(1, 2),
                        new Reverse(2, 1),
                        toHands(0, Storage.RAM),
                        Forward.record(0, 1),
                        new Reverse(1, 0)));
    }

    /** Twelve steps, nothing of which is recorded before the end, with states in a file. */
    static Listed file() {
        return new Listed(
                "file by hand",
                List.of(
                        Forward.restart(0, 4, Storage.FILE),
                        Forward.restart(4, 8, Storage.RAM),
                        Forward.advance(8, 12),
                        new EndForward(),
                        new Copy(4, Storage.RAM, Storage.WORK, Data.RESTART),
                        Forward.advance(4, 8),
                        new Copy(8, Storage.WORK, Storage.FILE, Data.RESTART),
                        Forward.record(8, 12),
                        new Reverse(12, 10),
                        new Reverse(10, 8),
                        new Free(8, Storage.FILE, Data.RESTART),
                        toHands(4, Storage.RAM),
                        Forward.record(4, 8),
                        new Reverse(8, 4),
                        new Copy(0, Storage.FILE, Storage.RAM, Data.RESTART),
                        new Copy(0, Storage.FILE, Storage.WORK, Data.RESTART),
                        Forward.advance(0, 2),
                        Forward.record(2, 4),
                        new Reverse(4, 2),
                        new Free(0, Storage.FILE, Data.RESTART),
                        toHands(0, Storage.RAM),
                        Forward.record(0, 2),
                        new Reverse(2, 0)));
    }
}
