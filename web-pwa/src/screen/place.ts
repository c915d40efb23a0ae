// The index of places: which screen stands for which path. Nothing else is here.
import type { Component } from 'vue';
import type { HomeView } from '../host/client';
import type { Tab } from '../part/frame/tab';
import BeginScreen from './begin/BeginScreen.vue';
import EntriesScreen from './entry/EntriesScreen.vue';
import EntryScreen from './entry/EntryScreen.vue';
import IssueAmendScreen from './issue/IssueAmendScreen.vue';
import IssueScreen from './issue/IssueScreen.vue';
import IssuesScreen from './issue/IssuesScreen.vue';
import AmendScreen from './form/AmendScreen.vue';
import FormScreen from './form/FormScreen.vue';
import { isKnown } from './form/layout';
import FeedbackScreen from './feedback/FeedbackScreen.vue';
import HomeScreen from './home/HomeScreen.vue';
import DevicesScreen from './me/DevicesScreen.vue';
import LettersScreen from './me/LettersScreen.vue';
import MeScreen from './me/MeScreen.vue';
import PasswordScreen from './me/PasswordScreen.vue';
import SyncScreen from './me/SyncScreen.vue';
import HouseholdAmendScreen from './register/HouseholdAmendScreen.vue';
import HouseholdScreen from './register/HouseholdScreen.vue';
import ImportScreen from './register/ImportScreen.vue';
import RegisterScreen from './register/RegisterScreen.vue';
import ProgrammeScreen from './programme/ProgrammeScreen.vue';
import RecordFormScreen from './programme/RecordFormScreen.vue';
import RecordScreen from './programme/RecordScreen.vue';
import ReadingScreen from './review/ReadingScreen.vue';
import InboxScreen from './review/InboxScreen.vue';
import QueueScreen from './review/QueueScreen.vue';
import VillageScreen from './review/VillageScreen.vue';
import { later } from './later';
import DutyScreen from './year/DutyScreen.vue';
import YearScreen from './year/YearScreen.vue';

/** The desk is for townships and above, administration for administrators, the audit log for auditors; all are online only. */
const DeskScreen = later(() => import('./desk/DeskScreen.vue'));
const LeaveScreen = later(() => import('./desk/LeaveScreen.vue'));
const ProgressScreen = later(() => import('./desk/ProgressScreen.vue'));
const CountedScreen = later(() => import('./desk/CountedScreen.vue'));
const NumberScreen = later(() => import('./desk/NumberScreen.vue'));
const PeriodsScreen = later(() => import('./desk/PeriodsScreen.vue'));
const FeedbackDeskScreen = later(() => import('./desk/FeedbackDeskScreen.vue'));
const AdminScreen = later(() => import('./admin/AdminScreen.vue'));
const ImportsScreen = later(() => import('./import/ImportsScreen.vue'));
const PersonScreen = later(() => import('./admin/PersonScreen.vue'));
const TenureScreen = later(() => import('./tenure/TenureScreen.vue'));
const AuditScreen = later(() => import('./audit/AuditScreen.vue'));
const AssesseesScreen = later(() => import('./assess/AssesseesScreen.vue'));
const AssessScreen = later(() => import('./assess/AssessScreen.vue'));

export interface Place {
  screen: Component;
  props: Record<string, unknown>;
  /** The same key keeps the screen as it is. */
  key: string;
}

const mine: Record<string, Component> = {
  devices: DevicesScreen,
  feedback: FeedbackScreen,
  letters: LettersScreen,
  password: PasswordScreen,
  sync: SyncScreen,
};

/** `first` is where this person begins. */
export function place([name = '', id, more, last]: string[], first: Tab['key'], home: HomeView | undefined): Place {
  const at = (screen: Component, props: Record<string, unknown> = {}): Place => ({
    screen,
    props,
    key: [name, id, more, last].join('/'),
  });
  switch (name) {
    case 'entries':
      return at(EntriesScreen);
    case 'form':
      return id !== undefined && isKnown(id) ? at(FormScreen, { kind: id, like: more }) : at(BeginScreen);
    case 'begin':
      return at(BeginScreen);
    case 'issues':
      return at(IssuesScreen, { code: id });
    case 'issue':
      return at(more === 'amend' ? IssueAmendScreen : IssueScreen, { id });
    case 'draft':
      return at(FormScreen, { id });
    case 'entry':
      return at(more === 'amend' ? AmendScreen : EntryScreen, { id });
    case 'year':
      return at(YearScreen, { tenure: id });
    case 'duty':
      return at(DutyScreen, { kind: id, period: more, tenure: last });
    case 'review':
      return id === undefined ? at(QueueScreen) : at(VillageScreen, { code: id });
    case 'reading':
      return at(ReadingScreen, { code: id });
    case 'register':
      if (id === undefined) break;
      // A reviewer comes from a village, its team from the first place.
      return more === 'import'
        ? at(ImportScreen, { code: id })
        : at(RegisterScreen, { code: id, back: first === 'home' ? '/' : `/review/${id}` });
    case 'household':
      if (id === undefined || more === undefined) break;
      return at(last === 'amend' ? HouseholdAmendScreen : HouseholdScreen, { code: id, id: more });
    case 'programme':
      if (id === undefined) break;
      return at(ProgrammeScreen, { unit: id });
    case 'record':
      if (id === undefined || more === undefined || last === undefined) break;
      return at(RecordScreen, { unit: id, kind: more, id: last });
    case 'record-form':
      if (id === undefined || more === undefined) break;
      return at(RecordFormScreen, { unit: id, kind: more, id: last });
    case 'progress':
      if (id === undefined) break;
      return at(ProgressScreen, { division: id, of: more, name: last });
    case 'counted':
      if (id === undefined || more === undefined) break;
      return at(CountedScreen, { division: id, indicator: more, year: Number(last) });
    case 'number':
      if (id === undefined || more === undefined) break;
      return at(NumberScreen, { division: id, number: more, from: last ?? id });
    case 'periods':
      if (id === undefined || more === undefined) break;
      return at(PeriodsScreen, { tenure: id, kind: more, of: last ?? '' });
    case 'inbox':
      return at(InboxScreen);
    case 'desk':
      if (id === 'leave') return at(LeaveScreen);
      if (id === 'feedback') return at(FeedbackDeskScreen);
      if (id === 'assess') return at(AssesseesScreen, { division: more });
      return at(DeskScreen, { division: id, name: more });
    case 'assess':
      if (id === undefined) break;
      return at(AssessScreen, { tenure: id });
    case 'admin':
      return at(id === 'imports' ? ImportsScreen : AdminScreen);
    case 'person':
      if (id === undefined) break;
      return at(PersonScreen, { id });
    case 'tenure':
      if (id === undefined) break;
      return at(TenureScreen, { id, person: more });
    case 'audit':
      return at(AuditScreen);
    case 'me':
      return at(mine[id ?? ''] ?? MeScreen);
  }
  if (first === 'home') return at(HomeScreen, { home });
  if (first === 'review') return at(QueueScreen);
  if (first === 'desk') return at(DeskScreen);
  if (first === 'admin') return at(AdminScreen);
  return at(first === 'audit' ? AuditScreen : MeScreen);
}
